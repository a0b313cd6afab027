"""Bins and the expected calibration error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.calibration import concern_points, reliability, topic_points
from bot.evaluation.gold import Gold
from bot.evaluation.measures import Judged
from bot.evaluation.system import Judgement
from tests.unit.evaluation.by_hand import MOOD

points = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200)


@given(points, st.integers(1, 30))
def test_every_point_lies_in_one_bin(found: list[tuple[float, bool]], bins: int) -> None:
    result = reliability(found, bins)
    assert sum(b.count for b in result.bins) == len(found)
    assert sum(b.true for b in result.bins) == sum(true for _, true in found)
    assert all(b.low - 1e-9 <= b.said <= b.high + 1e-9 for b in result.bins)
    assert all(b.interval.low <= b.share <= b.interval.high for b in result.bins)


@given(points, st.integers(1, 30))
def test_errors_stay_between_0_and_1(found: list[tuple[float, bool]], bins: int) -> None:
    result = reliability(found, bins)
    assert 0.0 <= result.error <= 1.0
    assert 0.0 <= result.brier <= 1.0
    # One bin compares the two means; more bins can only find more.
    assert result.error >= reliability(found, 1).error - 1e-9


@given(st.lists(st.booleans(), min_size=1, max_size=100))
def test_who_is_sure_and_right_makes_no_error(outcomes: list[bool]) -> None:
    assert reliability([(float(true), true) for true in outcomes]).error == 0.0
    assert reliability([(float(not true), true) for true in outcomes]).error == 1.0


def test_a_worked_example() -> None:
    # Of two at 0.75 one came true, of two at 0.1 none: (2 * 0.25 + 2 * 0.1) / 4. The bin begins at 0.75.
    result = reliability([(0.75, True), (0.75, False), (0.1, False), (0.1, False)], bins=4)
    assert result.error == pytest.approx(0.175)
    assert [(b.low, b.count, b.true) for b in result.bins] == [(0.0, 2, 0), (0.75, 2, 1)]


@pytest.mark.parametrize("wrong", [[], [(1.1, True)], [(-0.1, False)]])
def test_what_are_no_points(wrong: list[tuple[float, bool]]) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        reliability(wrong)


def test_only_labelled_messages_with_a_probability_give_points() -> None:
    sure = Judgement(best_topic="alcohol", topic_probability=0.8, concern_probability=0.1)
    items = [
        Judged(Gold("a", "x", ("alcohol",), "none"), sure),
        Judged(Gold("b", "x", (), "none"), sure),
        Judged(Gold("c", "x", (), MOOD), sure),
        Judged(Gold("d", "x"), sure),
        Judged(Gold("e", "x", ("alcohol",), "none"), Judgement()),
    ]
    assert topic_points(items) == [(0.8, True), (0.8, False)]
    assert concern_points(items) == [(0.1, False), (0.1, False), (0.1, True)]
