"""A message and its parts: every part points at its place in the message."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.pieces import MAX_PIECES, pieces_of, pieces_of_each

WORDS = st.sampled_from(
    [*"can i drink wine and how long does it last? my lips are so dry! but also what 40 mg".split()]
    + [*"0.5 é 😀 ’ ‘x’ ; : , . - (".split(), "\n\n\n"]
)


def texts_of(message: str) -> list[str]:
    return [piece.text for piece in pieces_of(message)[1:]]


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)))
@settings(max_examples=200, deadline=None)
def test_every_piece_points_into_the_message(message: str) -> None:
    whole, *parts = pieces_of(message)
    assert whole.whole and whole.text == message
    assert all(piece.text == message[piece.start : piece.end] and piece.text for piece in parts)
    assert not any(piece.whole for piece in parts)
    assert all(one.end <= next_one.start for one, next_one in pairwise(parts))
    assert len(parts) != 1 and len(parts) <= MAX_PIECES


@given(st.lists(WORDS, max_size=30).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_no_letter_or_digit_outside_the_joining_words_is_lost(message: str) -> None:
    parts = pieces_of(message)[1:]
    if not parts:
        return
    gaps = [message[one.end : next_one.start] for one, next_one in pairwise(parts)]
    left_out = " ".join([message[: parts[0].start], *gaps, message[parts[-1].end :]])
    joining = {"and", "but", "also", "so", "what"}
    assert {word for word in left_out.split() if any(c.isalnum() for c in word)} <= joining


@given(st.lists(st.lists(WORDS, max_size=30).map(" ".join), max_size=5))
@settings(max_examples=50, deadline=None)
def test_read_together_messages_have_the_same_pieces(messages: list[str]) -> None:
    assert pieces_of_each(messages) == [pieces_of(message) for message in messages]


def test_one_short_sentence_is_one_piece() -> None:
    (only,) = pieces_of("can i drink wine?")
    assert only.whole


def test_sentences_become_parts() -> None:
    assert texts_of("I missed a dose. Should I double up?") == ["I missed a dose.", "Should I double up?"]


def test_questions_in_one_breath_are_parted() -> None:
    parts = texts_of("can i drink wine at my sisters wedding and do i need sunscreen in winter too")
    assert parts == ["can i drink wine at my sisters wedding", "do i need sunscreen in winter too"]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("I missed a dose, what should I do?", ["I missed a dose", "what should I do?"]),
        ("so tell me how many mg should I take a day?", []),
        (
            "my lips bleed all day what time of day should i put balm on",
            ["my lips bleed all day", "what time of day should i put balm on"],
        ),
        ("i would like to know how long can i keep it", ["i would like to know", "how long can i keep it"]),
    ],
)
def test_a_question_is_not_cut_before_its_verb(message: str, parts: list[str]) -> None:
    assert texts_of(message) == parts


def test_lines_become_parts() -> None:
    assert texts_of("how do i store it\n\nwhat about alcohol") == ["how do i store it", "what about alcohol"]


@pytest.mark.parametrize("message", ["", " ", "\n\n", "...", "🙂", "?!\n?!"])
def test_nothing_to_read_is_one_piece(message: str) -> None:
    assert [piece.text for piece in pieces_of(message)] == [message]


def test_a_very_long_message_has_a_bounded_number_of_pieces() -> None:
    assert len(pieces_of("My lips are dry. " * 200)) == MAX_PIECES + 1
