"""Worry that builds up over messages: when it is enough, and what never adds up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.worry import ADDS, ENOUGH, EXPLICIT, NEIGHBOURS, REACH, gather

MOOD, SUICIDAL, PREGNANCY = "concern_mood", "concern_suicidal", "concern_pregnancy"
WORRIES = st.dictionaries(st.sampled_from(list(NEIGHBOURS)), st.floats(0.0, 1.0), max_size=4)


def test_small_signs_add_up() -> None:
    gathered = gather({MOOD: 0.2}, [{MOOD: 0.2}, {}, {MOOD: 0.15}])
    assert gathered is not None
    assert (gathered.category, gathered.total, gathered.messages) == (MOOD, 0.55, 2)


def test_one_small_sign_is_not_enough() -> None:
    assert gather({MOOD: ENOUGH - 0.01}, [{}, {}]) is None


def test_a_message_that_adds_nothing_opens_nothing_whatever_came_before() -> None:
    assert gather({MOOD: ADDS - 0.01}, [{MOOD: EXPLICIT}, {MOOD: 0.4}]) is None
    assert gather({}, [{MOOD: EXPLICIT}]) is None


def test_low_mood_and_thoughts_of_suicide_count_towards_each_other() -> None:
    gathered = gather({SUICIDAL: 0.25}, [{MOOD: 0.3}])
    assert gathered is not None and gathered.category == SUICIDAL


def test_other_categories_do_not() -> None:
    assert gather({SUICIDAL: 0.25}, [{PREGNANCY: 0.4}]) is None


def test_what_was_said_long_ago_no_longer_counts() -> None:
    earlier = [{MOOD: 0.4}, *({} for _ in range(REACH))]
    assert gather({MOOD: 0.2}, earlier) is None
    assert gather({MOOD: 0.2}, earlier[:-1]) is not None


def test_after_a_case_a_weaker_sign_joins_it() -> None:
    assert gather({PREGNANCY: 0.15}, [{PREGNANCY: EXPLICIT}]) is not None


@given(WORRIES, st.lists(WORRIES, max_size=7), st.integers(0, 6), st.sampled_from(list(NEIGHBOURS)))
def test_more_worry_never_closes_a_case(
    now: dict[str, float], earlier: list[dict[str, float]], place: int, category: str
) -> None:
    if gather(now, earlier) is None:
        return
    louder = [dict(worry) for worry in earlier]
    if louder:
        louder[place % len(louder)][category] = 1.0
    assert gather(now, louder) is not None
    assert gather({**now, category: 1.0}, earlier) is not None


@pytest.mark.parametrize("category", list(NEIGHBOURS))
def test_every_category_is_its_own_neighbour(category: str) -> None:
    assert category in NEIGHBOURS[category]
