"""Understanding: ours against stock Rasa, spaCy + DIET, word counts and keyword rules, on the same data in one run.

`python -m bench.understanding --help`; what it measures and what it found: docs/understanding.md.
"""
