"""The longer commands of `python -m bot`, one a file."""
