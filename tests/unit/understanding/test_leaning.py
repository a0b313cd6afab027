"""How messages lean on the conversation, from their words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.leaning import (
    after_the_place,
    asks,
    leaning_of,
    means_the_other,
    names_a_subject,
    place_meant,
)


@pytest.mark.parametrize(
    ("text", "form", "rest"),
    [
        ("and for kids?", "opening", "kids?"),
        ("what about the sun", "opening", "the sun"),
        ("ok and what about wine", "opening", "wine"),
        ("and if I already did", "opening", "if I already did"),
        ("no, I meant after stopping", "correction", "after stopping"),
        ("sorry i mean my son", "correction", "my son"),
        ("sorry, I meant how long the treatment is", "correction", "how long the treatment is"),
        ("ok next question, lips", "switch", "lips"),
        ("different thing, I forgot my capsule", "switch", "I forgot my capsule"),
        ("back to food, is a banana ok", "switch", "food, is a banana ok"),
        ("no i meant the eye drops not the cream", "correction", "the eye drops"),
        ("not that one, my iron tablets", "correction", "my iron tablets"),
        ("no, the other tablets", "correction", "the other tablets"),
        ("is it the same for teenagers", "opening", "teenagers"),
        ("going back to the sun, what about shade", "switch", "the sun, what about shade"),
        ("does the same go for teenagers", "opening", "teenagers"),
        ("would that apply to my dad", "opening", "my dad"),
        ("about the sun cream again, which kind", "switch", "sun cream again, which kind"),
        ("not sure, can I drink wine", "plain", "not sure, can I drink wine"),
        ("can I drink wine", "plain", "can I drink wine"),
        ("android users", "plain", "android users"),
    ],
)
def test_the_form_and_what_is_left_of_it(text: str, form: str, rest: str) -> None:
    leaning = leaning_of(text)
    assert (leaning.form, leaning.rest) == (form, rest)


@pytest.mark.parametrize(
    "text", ["why", "is it dangerous", "how long for", "and then its safe?", "what if it doesnt"]
)
def test_these_name_nothing(text: str) -> None:
    assert not names_a_subject(text)


@pytest.mark.parametrize("text", ["is wine dangerous", "the sun", "after pregnancy", "my son"])
def test_these_name_a_subject(text: str) -> None:
    assert names_a_subject(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the second one", 1),
        ("tell me more about the first one", 0),
        ("the last one please", -1),
        ("2", 1),
        ("number 3", 2),
        ("the first time I took it", None),
        ("in the second month of treatment", None),
        ("the second one broke last night when we were at home and now I worry", None),
        ("what about the second one, is it worse", 1),
        ("202 555 0143", None),
    ],
)
def test_a_place_is_meant_only_where_nothing_else_can_be(text: str, place: int | None) -> None:
    assert place_meant(text) == place


@pytest.mark.parametrize(
    ("text", "modifies"),
    [
        ("and at night", True),
        ("what about when it rains", True),
        ("no, I meant after stopping", True),
        ("what if I forget", True),
        ("and wine", False),
        ("what about my son", False),
    ],
)
def test_what_says_when_or_where_names_nothing_new(text: str, modifies: bool) -> None:
    assert leaning_of(text).modifies is modifies


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("ok, the first thing, are two condoms enough", "are two condoms enough"),
        ("the second one, the lips", "the lips"),
        ("the second one please", ""),
        ("the first one, how long is that", ""),
        ("are two condoms enough", ""),
    ],
)
def test_a_place_may_be_followed_by_what_is_meant(text: str, rest: str) -> None:
    assert after_the_place(text) == rest


def test_the_other() -> None:
    assert means_the_other("not that, the other thing")
    assert not means_the_other("the other day I felt sick")


def test_questions_without_a_mark() -> None:
    assert asks("can i still wear them") and asks("drops ok?") and not asks("my lips are dry")


@given(st.text(max_size=200))
def test_any_text_has_a_form(text: str) -> None:
    leaning = leaning_of(text)
    assert leaning.form in ("switch", "correction", "opening", "plain") and leaning.rest in text
