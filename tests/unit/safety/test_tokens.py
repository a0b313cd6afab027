"""Sentences and tokens, and where they stood in the message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.tokens import PAUSE, sentences_of


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Don't. I'm late!", [["dont"], ["im", "late"]]),
        ("fever 39.8, 40mg", [["fever", "#39", PAUSE, "#40", "mg"]]),
        ("187 or 1,100 or 2019", [["#180", "or", "#1", "or", "#2019"]]),
        ("one\ntwo", [["one"], ["two"]]),
        ('he said "self-harm"', [["he", "said", "self", "harm"]]),
        ("well - no — yes", [["well", PAUSE, "no", PAUSE, "yes"]]),
        ("s*icide :( 😭", [["s*icide", ":(", "😭"]]),
        (", , ...", []),
        ("naïve İstanbul", [["naive", "istanbul"]]),
    ],
)
def test_sentences(text: str, sentences: list[list[str]]) -> None:
    assert [[token.text for token in sentence] for sentence in sentences_of(text)] == sentences


@given(st.text())
def test_tokens_stand_in_order_inside_the_message(text: str) -> None:
    end = 0
    for sentence in sentences_of(text):
        assert sentence
        for token in sentence:
            assert token.text
            assert end <= token.start < token.end <= len(text)
            end = token.end
