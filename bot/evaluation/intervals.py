"""How far a share counted on a few hundred messages may be from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959963984540054  # 95%, both sides


@dataclass(frozen=True)
class Interval:
    """Both ends belong to it."""

    low: float
    high: float


def wilson(hits: int, total: int) -> Interval:
    """Wilson's 95% interval of a share. It stays within 0 and 1, and has a width even for 0 of n.

    Raises:
        ValueError: not 0 <= hits <= total, or a total of 0.
    """
    if not 0 <= hits <= total or total == 0:
        raise ValueError(f"no share: {hits} of {total}")
    share, square = hits / total, Z * Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total * total))
    # Rounding must not push an end past the share itself.
    return Interval(max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))


def paired_difference(lost: int, gained: int, total: int) -> Interval:
    """95% interval of (gained - lost) / total for the same messages judged twice (Agresti and Min).

    Raises:
        ValueError: a count below 0, or more changes than messages.
    """
    if min(lost, gained) < 0 or lost + gained > total or total == 0:
        raise ValueError(f"no paired counts: {lost} lost and {gained} gained of {total}")
    worse, better, all_of = lost + 0.5, gained + 0.5, total + 2
    middle = (better - worse) / all_of
    half = Z * sqrt(worse + better - (better - worse) ** 2 / all_of) / all_of
    return Interval(max(-1.0, middle - half), min(1.0, middle + half))
