"""Concerns that are hardly voiced, weighed by what was talked about before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.weak import WEAK, borne_out, hardly_voiced, may_be_asked
from tests.unit.understanding.by_hand import scored


def concern(category: Category, certainty: float) -> Concern:
    return Concern(category, 2, 0, 5, "every", "reads like", certainty)


MOOD = concern(Category.MOOD, 0.08)


def test_what_a_rule_found_is_never_weak() -> None:
    assert not hardly_voiced([concern(Category.SUICIDAL, 1.0)])
    assert not hardly_voiced([MOOD, concern(Category.PREGNANCY, 1.0)])


@given(st.lists(st.sampled_from(list(Category)), max_size=3), st.floats(0, 1))
def test_weak_is_what_the_classifier_is_far_from_sure_of(
    categories: list[Category], certainty: float
) -> None:
    found = [concern(category, certainty) for category in categories]
    assert hardly_voiced(found) == (bool(categories) and certainty < WEAK)


def test_an_emergency_of_the_body_is_not_weighed() -> None:
    emergency = Concern(Category.SERIOUS_SIDE_EFFECT, 1, 0, 5, "chest", "reads like", 0.1)
    assert not may_be_asked([MOOD, emergency])
    assert may_be_asked([MOOD, concern(Category.SERIOUS_SIDE_EFFECT, 0.1)])


def test_a_wish_for_a_person_is_not_weighed() -> None:
    assert not may_be_asked([concern(Category.HUMAN, 0.1)])


def test_a_calm_reading_does_not_bear_it_out() -> None:
    assert not borne_out([MOOD], [scored("do i need sun cream, every single day??")])


@pytest.mark.parametrize("category", ["concern_mood", "concern_suicidal"])
def test_the_same_or_its_neighbour_bears_it_out(category: str) -> None:
    assert borne_out([MOOD], [scored("calm"), scored("how are you, not great", concerns={category: 0.6})])


def test_another_danger_does_not() -> None:
    assert not borne_out([MOOD], [scored("two methods, ours broke", concerns={"concern_pregnancy": 0.9})])
