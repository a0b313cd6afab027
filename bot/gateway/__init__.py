"""The front door: the only package that speaks HTTP to patients and clinicians."""
