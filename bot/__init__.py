"""A patient-education assistant on isotretinoin: grounded answers, and concerns that reach the clinic."""

__version__ = "0.1.0"
