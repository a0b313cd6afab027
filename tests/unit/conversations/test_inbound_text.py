"""Cleaning what patients type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import MAX_CHARACTERS, clean_text

texts = st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  can i drink?  ", "can i drink?"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\tb", "a b"),
        ("/restart", "restart"),
        (" / /\u200b/restart", "restart"),
        ("\u202e/restart", "restart"),
        ("and/or", "and/or"),
        ("cafe\u0301", "café"),
        ("k\u200bill my\u00adself", "kill myself"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("\ud83d lone", "lone"),
        ("\U0001f62d\U0001f62d", "\U0001f62d\U0001f62d"),
    ],
    ids=repr,
)
def test_examples(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize("raw", ["", " ", "\n\t", "///", "\u200b", "/ \u202e /", "\ud800"], ids=repr)
def test_nothing_to_read(raw: str) -> None:
    with pytest.raises(TextEmpty):
        clean_text(raw)


def test_the_limit_counts_what_is_left() -> None:
    assert len(clean_text("\u200b" * 100 + "x" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(TextTooLong, match="4,001"):
        clean_text("x" * (MAX_CHARACTERS + 1))


@given(texts)
def test_what_comes_out_is_harmless_and_stays_as_it_is(raw: str) -> None:
    try:
        clean = clean_text(raw)
    except TextEmpty:
        return
    assert clean == clean.strip() != ""
    assert not clean.startswith("/")
    assert unicodedata.is_normalized("NFC", clean)
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in clean)
    clean.encode("utf-8")
    assert clean_text(clean) == clean


@given(texts, texts)
def test_invisible_characters_change_nothing(left: str, right: str) -> None:
    def cleaned(raw: str) -> str | None:
        try:
            return clean_text(raw)
        except TextEmpty:
            return None

    assert cleaned(f"{left}\u200b\u202e\ufeff{right}") == cleaned(left + right)
