"""Does "80% sure" come true in 80 of 100 cases?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.evaluation.gold import NO_CONCERN
from bot.evaluation.intervals import Interval, wilson
from bot.evaluation.measures import Judged

BINS = 10

Point = tuple[float, bool]
"""A probability, and whether what it was given to came true."""


@dataclass(frozen=True)
class Bin:
    """Probabilities from `low` up to, but without, `high` (the last bin holds 1 too). `said`: their mean."""

    low: float
    high: float
    count: int
    said: float
    true: int

    @property
    def share(self) -> float:
        return self.true / self.count

    @property
    def interval(self) -> Interval:
        return wilson(self.true, self.count)


@dataclass(frozen=True)
class Reliability:
    """Bins without any message are left out. `error`: the expected calibration error, from 0 to 1."""

    bins: tuple[Bin, ...]
    error: float
    brier: float

    def to_dict(self) -> dict[str, Any]:
        rows = [
            {**asdict(b), "said": round(b.said, 4), "share": round(b.share, 4)} | asdict_rounded(b.interval)
            for b in self.bins
        ]
        return {
            "expected_calibration_error": round(self.error, 4),
            "brier": round(self.brier, 4),
            "bins": rows,
        }


def asdict_rounded(interval: Interval) -> dict[str, float]:
    return {"share_low": round(interval.low, 4), "share_high": round(interval.high, 4)}


def reliability(points: Sequence[Point], bins: int = BINS) -> Reliability:
    """Sort probabilities into bins of equal width and compare each bin's mean with what came true.

    Raises:
        ValueError: no points, or a probability outside 0 to 1.
    """
    if not points or not all(0.0 <= p <= 1.0 for p, _ in points):
        raise ValueError("give at least one point, with probabilities from 0 to 1")
    sorted_in: dict[int, list[Point]] = {}
    for point in points:
        sorted_in.setdefault(min(int(point[0] * bins), bins - 1), []).append(point)
    found = tuple(_bin(index, bins, sorted_in[index]) for index in sorted(sorted_in))
    error = sum(b.count * abs(b.said - b.share) for b in found) / len(points)
    brier = sum((p - true) ** 2 for p, true in points) / len(points)
    return Reliability(found, error, brier)


def topic_points(items: Iterable[Judged]) -> list[Point]:
    """The likeliest topic of each message without a concern, answered or not: was it asked about?"""
    return [
        (item.judgement.topic_probability, item.judgement.best_topic in (item.gold.topics or ()))
        for item in items
        if item.gold.plain and item.gold.topics is not None and item.judgement.topic_probability is not None
    ]


def concern_points(items: Iterable[Judged]) -> list[Point]:
    return [
        (item.judgement.concern_probability, item.gold.concern != NO_CONCERN)
        for item in items
        if item.gold.concern is not None and item.judgement.concern_probability is not None
    ]


def _bin(index: int, bins: int, points: Sequence[Point]) -> Bin:
    count = len(points)
    said = sum(p for p, _ in points) / count
    return Bin(index / bins, (index + 1) / bins, count, said, sum(true for _, true in points))
