"""Worse spellings of a message against its clean original."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.gold import GoldError
from bot.evaluation.intervals import paired_difference, wilson
from bot.evaluation.measures import Judged, as_wanted, asked, recognised, right_topic

ALL = "all"


@dataclass(frozen=True)
class Comparison:
    """The same messages, clean and worse: how many are right, and which changed."""

    kind: str
    measure: str
    total: int
    clean: int
    worse: int
    lost: int
    gained: int

    @property
    def difference(self) -> float:
        """Share of the worse spellings less share of the clean ones; below 0 when spelling hurts."""
        return (self.worse - self.clean) / self.total

    def to_dict(self) -> dict[str, Any]:
        interval = paired_difference(self.lost, self.gained, self.total)
        return {
            "total": self.total,
            **{
                name: _share(hits, self.total)
                for name, hits in (("clean", self.clean), ("worse", self.worse))
            },
            "lost": self.lost,
            "gained": self.gained,
            "difference": round(self.difference, 4),
            "difference_low": round(interval.low, 4),
            "difference_high": round(interval.high, 4),
        }


_TESTS = (
    ("judged as wanted", lambda item: True, as_wanted),
    ("covered question: a right topic is answered", asked, right_topic),
    ("concern recognised", lambda item: item.gold.worrying, recognised),
)


def compare(clean: Iterable[Judged], worse: Sequence[Judged]) -> list[Comparison]:
    """Each kind of worse spelling, and all kinds together, on each measure that has a pair.

    Raises:
        GoldError: a worse spelling of a message that is not there.
    """
    originals = {item.gold.id: item for item in clean}
    missing = [item.gold.id for item in worse if item.gold.of not in originals]
    if missing:
        raise GoldError(f"{missing[0]}: `of` names no message of the clean set")
    pairs = [(originals[item.gold.of], item) for item in worse if item.gold.of is not None]
    kinds = [*dict.fromkeys(item.gold.kind or ALL for item in worse), ALL]
    found = []
    for kind in dict.fromkeys(kinds):
        chosen = [pair for pair in pairs if kind in (ALL, pair[1].gold.kind)]
        for name, on, right in _TESTS:
            verdicts = [(right(before), right(after)) for before, after in chosen if on(before)]
            if verdicts:
                found.append(_comparison(kind, name, verdicts))
    return found


def _comparison(kind: str, name: str, verdicts: Sequence[tuple[bool, bool]]) -> Comparison:
    return Comparison(
        kind=kind,
        measure=name,
        total=len(verdicts),
        clean=sum(before for before, _ in verdicts),
        worse=sum(after for _, after in verdicts),
        lost=sum(before and not after for before, after in verdicts),
        gained=sum(after and not before for before, after in verdicts),
    )


def _share(hits: int, total: int) -> dict[str, float]:
    interval = wilson(hits, total)
    return {
        "hits": hits,
        "share": round(hits / total, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
    }
