"""Misspelt copies: the same each time, still close to what was meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from bot.understanding.typos import misspelt

MESSAGE = "How should I store the capsules when it is hot outside?"


def test_the_same_seed_gives_the_same_copy() -> None:
    assert misspelt(MESSAGE, 3) == misspelt(MESSAGE, 3)
    assert len({misspelt(MESSAGE, seed) for seed in range(20)}) > 10


@given(st.integers(0, 10_000))
def test_a_copy_keeps_the_number_of_words_and_most_letters(seed: int) -> None:
    copy = misspelt(MESSAGE, seed)
    assert len(copy.split()) == len(MESSAGE.split())
    assert fuzz.ratio(copy, MESSAGE.lower()) > 60


@given(st.text(max_size=80), st.integers(0, 100))
def test_any_text_can_be_copied(text: str, seed: int) -> None:
    assert isinstance(misspelt(text, seed), str)
