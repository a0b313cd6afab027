"""Wilson's interval and the interval of a paired difference."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.intervals import Z, paired_difference, wilson

shares = st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


def test_known_values() -> None:
    # 81 of 263, the worked example of Newcombe 1998; 0 of 20 from the same paper.
    assert (round(wilson(81, 263).low, 4), round(wilson(81, 263).high, 4)) == (0.2553, 0.3662)
    assert (round(wilson(0, 20).low, 4), round(wilson(0, 20).high, 4)) == (0.0, 0.1611)


@given(shares)
def test_it_holds_the_share_and_stays_between_0_and_1(counted: tuple[int, int]) -> None:
    hits, total = counted
    interval = wilson(hits, total)
    assert 0.0 <= interval.low <= hits / total <= interval.high <= 1.0
    assert interval.low < interval.high


@given(shares)
def test_counting_the_others_mirrors_it(counted: tuple[int, int]) -> None:
    hits, total = counted
    one, other = wilson(hits, total), wilson(total - hits, total)
    assert one.low == pytest.approx(1 - other.high, abs=1e-9)
    assert one.high == pytest.approx(1 - other.low, abs=1e-9)


@given(shares)
def test_more_messages_make_it_narrower(counted: tuple[int, int]) -> None:
    hits, total = counted
    small, large = wilson(hits, total), wilson(4 * hits, 4 * total)
    assert large.high - large.low < small.high - small.low


@given(shares)
def test_its_ends_solve_the_score_equation(counted: tuple[int, int]) -> None:
    # |share - p| = z * sqrt(p (1 - p) / n) at both ends: that is what the interval means.
    hits, total = counted
    for p in (wilson(hits, total).low, wilson(hits, total).high):
        assert abs(hits / total - p) == pytest.approx(Z * sqrt(p * (1 - p) / total), abs=1e-6)


@pytest.mark.parametrize(("hits", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, total)


changes = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(1, 400)).map(
    lambda counts: (counts[0], counts[1], counts[0] + counts[1] + counts[2])
)


@given(changes)
def test_a_difference_swaps_with_what_was_lost_and_gained(counts: tuple[int, int, int]) -> None:
    lost, gained, total = counts
    one, other = paired_difference(lost, gained, total), paired_difference(gained, lost, total)
    assert one.low == pytest.approx(-other.high)
    assert -1.0 <= one.low < one.high <= 1.0


def test_a_clear_loss_is_below_0_and_no_change_is_not_clear() -> None:
    assert paired_difference(lost=30, gained=1, total=100).high < 0
    nothing = paired_difference(lost=0, gained=0, total=100)
    assert nothing.low < 0 < nothing.high


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 0, 5), (3, 3, 5)])
def test_what_are_no_paired_counts(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no paired counts"):
        paired_difference(*counts)
