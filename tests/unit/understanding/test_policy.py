"""Thresholds from config.yml."""

from __future__ import annotations

import pytest

from bot.understanding import UnderstandingError
from bot.understanding.policy import Thresholds


def test_they_come_back_from_their_dictionary() -> None:
    chosen = Thresholds(topic=0.31, concern_doubt=0.22)
    assert Thresholds.from_dict(chosen.to_dict()) == chosen
    assert Thresholds.from_dict({}) == Thresholds()


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(UnderstandingError, match="config.yml.*`topik`.*concern_doubt"):
        Thresholds.from_dict({"topik": 0.5})


@pytest.mark.parametrize("value", [-0.1, 1.01, "2"])
def test_a_value_that_is_no_probability_is_named(value: object) -> None:
    with pytest.raises(UnderstandingError, match="`topic` is .*0 to 1"):
        Thresholds.from_dict({"topic": value})


def test_doubt_begins_below_a_concern() -> None:
    bars = Thresholds()
    assert bars.concern_doubt < bars.concern_urgent <= bars.concern < bars.neutralised


def test_a_rule_lowers_the_bar_and_most_where_a_miss_costs_most() -> None:
    bars = Thresholds()
    assert bars.concern_ruled_urgent < bars.concern_ruled < bars.concern
    assert bars.concern_ruled_urgent < bars.concern_urgent
