"""What a threshold costs, and thresholds moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.prices import alarm_price, answer_price
from bot.evaluation.sweeps import moved
from bot.understanding.policy import Thresholds
from tests.unit.evaluation.by_hand import HUMAN, MOOD, judged


def test_answers() -> None:
    price = answer_price(
        0.4,
        [
            judged(("alcohol",)),
            judged(("alcohol",), answered=("alcohol",)),
            judged(answered=("storage",)),
            judged(None, answered=("storage",)),
        ],
    )
    assert (price.threshold, price.wrong, price.missed) == (0.4, pytest.approx(1 / 3), 0.5)


def test_alarms() -> None:
    price = alarm_price(
        0.4,
        [
            judged(found=(MOOD,)),
            judged(),
            judged(concern=MOOD, tier=2),
            judged(concern=MOOD, tier=2, found=(MOOD,)),
            judged(concern=HUMAN, tier=3),
        ],
    )
    assert (price.wrong, price.missed) == (0.5, 0.5)


def test_a_set_without_concerns_has_a_price_too() -> None:
    assert alarm_price(0.4, [judged()]).missed == 0.0


@given(st.floats(-5, 5))
def test_only_the_family_moves_and_stays_a_probability(shift: float) -> None:
    before, after = Thresholds().to_dict(), moved(Thresholds(), "topic", shift).to_dict()
    for name, value in after.items():
        if name.startswith("topic"):
            assert 0.0 < value < 1.0
            assert (value >= before[name]) == (shift >= 0) or value == pytest.approx(before[name])
        else:
            assert value == before[name]


def test_a_shift_of_nothing_changes_nothing() -> None:
    assert moved(Thresholds(), "concern", 0.0).to_dict() == pytest.approx(Thresholds().to_dict())
