"""Long texts in pieces: nothing lost, nothing too long, sentences whole where they can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.splitting import split_text, utf16_length

SENTENCES = st.lists(
    st.sampled_from(["Drink little.", "Why?", "It dries lips [1, 2].", "Ask!", "😀 ok."]), min_size=1
)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 10, ["short"]),
        ("", 10, []),
        (" \n ", 10, []),
        ("One. Two. Three.", 9, ["One. Two.", "Three."]),
        ("One. Two. Three.", 10, ["One. Two.", "Three."]),
        ("A first line\nand another", 15, ["A first line", "and another"]),
        ("no sentence ends here", 12, ["no sentence", "ends here"]),
        ("see [1, 2] and [3, 4]", 10, ["see [1, 2]", "and [3, 4]"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ('He said "stop." Then he went.', 18, ['He said "stop."', "Then he went."]),
    ],
)
def test_examples(text: str, limit: int, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces


@given(st.text(), st.integers(1, 60))
def test_every_piece_fits_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(piece and piece == piece.strip() and len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(alphabet="ab .😀👍🏽é\u0301\u200d👩", max_size=80), st.integers(2, 40))
def test_it_counts_as_telegram_counts(text: str, limit: int) -> None:
    pieces = split_text(text, limit, utf16_length)
    assert all(len(piece.encode("utf-16-le")) // 2 <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(SENTENCES, st.integers(22, 60))
def test_sentences_stay_whole(sentences: list[str], limit: int) -> None:
    pieces = split_text(" ".join(sentences), limit)
    assert all(piece[-1] in ".?!" for piece in pieces)


def test_an_emoji_made_of_several_stays_whole() -> None:
    family = "👩‍👩‍👧"
    pieces = split_text("x" * 7 + family * 3, 10)
    assert all(piece.strip("x").replace(family, "") == "" for piece in pieces)
