"""How figures are written: counts, shares, times. Pure."""

from __future__ import annotations

from typing import Final

FEWEST: Final = 5
"""Below this a share or a percentile says more about chance than about the clinic."""
TOO_FEW: Final = "too few"
NONE: Final = "–"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def share(part: int, whole: int) -> int | None:
    """Whole percent; None when there are too few to speak of shares."""
    return round(100 * part / whole) if whole >= FEWEST else None


def share_words(part: int, whole: int) -> str:
    found = share(part, whole)
    return TOO_FEW if found is None else f"{found}%"


def duration(seconds: float) -> str:
    """Two units at most, rounded: 40 s, 3 min, 2 h 5 min, 3 d 4 h."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = round(seconds / _MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(round(seconds / _HOUR), 24)
    return f"{days} d {rest} h" if rest else f"{days} d"


def counted(number: int, one: str, many: str) -> str:
    """1 case, 2 cases"""
    return f"{number:,} {one if number == 1 else many}"
