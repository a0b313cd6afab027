"""The reader at other thresholds than its own."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Final

from bot.evaluation.gold import Gold
from bot.evaluation.prices import Price, alarm_price, answer_price
from bot.evaluation.reader_system import ReaderSystem
from bot.evaluation.sets import judge
from bot.understanding.policy import Thresholds

SHIFTS: Final = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""In log-odds: +1 turns 0.40 into 0.64."""


def moved(thresholds: Thresholds, family: str, shift: float) -> Thresholds:
    """Every threshold whose name begins with `family`, moved by `shift` in log-odds; 0 and 1 stay."""
    values = thresholds.to_dict()
    return Thresholds.from_dict(
        {name: _moved(value, shift) if name.startswith(family) else value for name, value in values.items()}
    )


def answer_prices(system: ReaderSystem, messages: Sequence[Gold]) -> list[Price]:
    """With all topic thresholds moved together; each price under the threshold of a short message's topic."""
    return [
        answer_price(other.thresholds.topic, judge(other.judge, messages))
        for other in _others(system, "topic")
    ]


def alarm_prices(system: ReaderSystem, messages: Sequence[Gold]) -> list[Price]:
    """With all concern thresholds moved together; the rules stay as they are."""
    return [
        alarm_price(other.thresholds.concern, judge(other.judge, messages))
        for other in _others(system, "concern")
    ]


def _others(system: ReaderSystem, family: str) -> list[ReaderSystem]:
    quick = system.remembering()
    return [quick.with_thresholds(moved(system.thresholds, family, shift)) for shift in SHIFTS]


def _moved(value: float, shift: float) -> float:
    if value in (0.0, 1.0):
        return value
    return 1.0 / (1.0 + exp(-(log(value / (1.0 - value)) + shift)))
