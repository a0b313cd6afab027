"""What a threshold costs: fewer wrong answers for more refusals, fewer alarms for more misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.evaluation.gold import NO_CONCERN
from bot.evaluation.measures import Judged, alarm, asked, needless_refusal, recognised, wrong_answer


@dataclass(frozen=True)
class Price:
    """At one threshold: `wrong` (wrong answers or false alarms) against `missed` (refusals or concerns), as shares."""

    threshold: float
    wrong: float
    missed: float

    def to_dict(self) -> dict[str, Any]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def answer_price(threshold: float, items: Sequence[Judged]) -> Price:
    """Wrong answers among all messages against needless refusals among covered questions."""
    judged = [item for item in items if item.gold.topics is not None]
    covered = [item for item in items if asked(item)]
    return Price(
        threshold,
        _share(sum(map(wrong_answer, judged)), judged),
        _share(sum(map(needless_refusal, covered)), covered),
    )


def alarm_price(threshold: float, items: Sequence[Judged]) -> Price:
    """Alarms among messages without a concern against concerns that open no case."""
    calm = [item for item in items if item.gold.concern == NO_CONCERN]
    worrying = [item for item in items if item.gold.worrying]
    missed = sum(not recognised(item) for item in worrying)
    return Price(threshold, _share(sum(map(alarm, calm)), calm), _share(missed, worrying))


def _share(hits: int, of: Sequence[Judged]) -> float:
    return hits / len(of) if of else 0.0
