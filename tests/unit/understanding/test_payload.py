"""Button payloads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import UnderstandingError
from bot.understanding.payload import Payload, parse_payload, topic_payload


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_topic_comes_back_from_its_payload(topic: str) -> None:
    assert parse_payload(topic_payload(topic)) == Payload("ask_topic", topic)


def test_an_intent_alone() -> None:
    assert parse_payload("/concern_mood") == Payload("concern_mood")


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "/",
        "concern_mood",
        "/Concern",
        "/a b",
        "/greet\n",
        "/ask_topic{",
        '/ask_topic{"topic": }',
        '/ask_topic{"a": 1}x',
    ],
)
def test_what_no_button_of_ours_says_is_refused(payload: str) -> None:
    with pytest.raises(UnderstandingError):
        parse_payload(payload)


@given(st.text(max_size=60))
def test_anything_else_is_read_or_refused(payload: str) -> None:
    try:
        parse_payload(payload)
    except UnderstandingError as error:
        assert len(str(error)) < 400
