"""How well a system judges patients' messages, measured against messages that people labelled.

Pure: it knows no Rasa, no database and no HTTP. `python -m bot evaluate` and `bench/` print what it finds.
"""
