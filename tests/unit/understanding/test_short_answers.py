"""Short answers to "in general, or happening to you now?"."""

from __future__ import annotations

import pytest

from bot.understanding.short_answers import Answer, says_that_is_me, short_answer, told_after_no


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "yeah kind of",
        "yeah kind of, most days",
        "sometimes",
        "a bit",
        "i guess",
        "maybe",
        "idk",
        "not sure",
        "it's happening to me",
        "me",
        "right now",
        "no, but sometimes yes",
        "no, my daughter",
        "it's about my wife",
        "i do",
    ],
)
def test_yes_and_half_a_yes(text: str) -> None:
    assert short_answer(text) is Answer.YES


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "no!! just asking",
        "just in general",
        "i'm just curious",
        "nah",
        "in general",
        "was just wondering",
    ],
)
def test_no(text: str) -> None:
    assert short_answer(text) is Answer.NO


@pytest.mark.parametrize("text", ["not really", "no, not really", "not exactly", "hardly"])
def test_half_a_no_is_told_apart(text: str) -> None:
    assert short_answer(text) is Answer.HALF_NO


@pytest.mark.parametrize(
    "text", ["what is it for", "can i drink wine", "i don't want to be here any more and nobody knows it"]
)
def test_what_says_something_else_is_no_answer(text: str) -> None:
    assert short_answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "that's me",
        "kinda what i have rn",
        "yes, me",
        "same here",
        "i have that",
        "that's exactly how i feel",
        "me too",
        "me. now",
        "me right now",
    ],
)
def test_said_of_oneself(text: str) -> None:
    assert says_that_is_me(text)


@pytest.mark.parametrize(
    "text", ["tell me", "i have a question", "is that me?", "thats what i wanted to know", "that makes sense"]
)
def test_not_said_of_oneself(text: str) -> None:
    assert not says_that_is_me(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no but bad headache today", "bad headache today"),
        ("nope, just my stomach is really sore", "my stomach is really sore"),
        ("No. But my period hasn't come", "my period hasn't come"),
        ("nah not really but I feel odd", "I feel odd"),
    ],
)
def test_what_is_told_beside_a_no(text: str, told: str) -> None:
    assert text[told_after_no(text) :] == told


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "no just asking",
        "no, just curious thanks",
        "nope but thanks",
        "no, I was only wondering in general",
        "no but sometimes yes",
        "it is no but a trifle",
        "no thanks",
    ],
)
def test_a_plain_no_tells_nothing_more(text: str) -> None:
    assert told_after_no(text) == 0
