"""A second spelling beside the one that was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.rules import RuleBook
from bot.understanding.pieces import pieces_of
from bot.understanding.reviewed import reviewed
from bot.understanding.spelling import respelt

RULES = RuleBook.load(Path(__file__).resolve().parents[3] / "data" / "safety")
WORDS = st.sampled_from("prengant suicdal thougts can i drnik teh capsuels 😀 , . Deirdre kms é".split())


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("i thnik i migth be prengant", "i think i might be pregnant"),
        ("suicdal thougts", "suicidal thoughts"),
        ("my daughtr swalowed three capsuels", "my daughter swallowed three capsules"),
    ],
)
def test_slips_are_put_right(typed: str, known: str) -> None:
    found = respelt(typed)
    assert found is not None and found.text == known


@pytest.mark.parametrize(
    "text",
    ["kms fr this time", "i went hunting with Deirdre", "can I drink wine?", "accutane roaccutane", ""],
)
def test_known_and_short_words_and_names_stay(text: str) -> None:
    assert respelt(text) is None


def test_reading_a_misspelling_does_not_make_it_a_known_word() -> None:
    """spaCy's loaded vocabulary takes in every word that it sees."""
    pieces_of("my thougts are dark. so dark")
    found = respelt("thougts")
    assert found is not None and found.text == "thoughts"


@given(st.lists(WORDS, max_size=12).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_every_place_points_back_to_the_word_that_was_typed(text: str) -> None:
    found = respelt(text)
    if found is None:
        return
    for old_start, old_end, new_start, new_end in found.places:
        assert found.original(new_start, new_end) == (old_start, old_end)
        assert found.now(old_start, old_end) == (new_start, new_end)
        assert found.changes(old_start, old_end) and found.changes(old_start, old_start + 1)
        assert found.text[new_start:new_end] != text[old_start:old_end]
    assert found.original(0, len(found.text)) == (0, len(text))
    assert found.now(0, len(text)) == (0, len(found.text))


@given(st.lists(WORDS, max_size=12).map(" ".join), st.data())
@settings(max_examples=150, deadline=None)
def test_a_part_without_a_slip_reads_the_same_in_known_words(text: str, data: st.DataObject) -> None:
    found = respelt(text)
    places = st.integers(0, len(text))
    start, end = sorted((data.draw(places), data.draw(places)))
    if found is None or found.changes(start, end):
        return
    now_start, now_end = found.now(start, end)
    assert found.text[now_start:now_end] == text[start:end]


def test_a_rule_sees_through_a_slip_and_quotes_what_was_typed() -> None:
    text = "honestly i want to kil myslef tonight"
    outcome = reviewed(RULES, text)
    (match, *_) = outcome.matches
    assert match.category is Category.SUICIDAL and match.tier == 1
    assert match.evidence == text[match.start : match.end] and "myslef" in match.evidence


def test_what_was_typed_counts_even_where_the_second_spelling_is_harmless() -> None:
    text = "i want to die, thx for asking abuot it"
    assert {m.category for m in RULES.match(text).matches} <= {
        m.category for m in reviewed(RULES, text).matches
    }
