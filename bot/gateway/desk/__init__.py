"""The care desk's pages. `desk.py` names its parts, `guard.py` says who gets in."""
