"""A stored message as it is shown: numbers for facts, sources in short, nobody's brackets taken for citations."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import pytest

from bot.channels.shown import shown, source_lines
from bot.content.citations import Citation
from bot.content.facts import FactBook
from bot.conversations.values import Author, Button, Message

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def facts() -> FactBook:
    return FactBook.load(DATA / "facts.yml")


def message(text: str, author: Author = "assistant") -> Message:
    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    kind = {"assistant": "answer", "clinician": "note", "patient": "text"}[author]
    buttons = (Button("abc", "Title", "/x"),)
    return Message(
        uuid4(),
        uuid4(),
        1,
        author,
        kind,
        text,
        None,
        buttons,
        (),
        None,
        None,
        {},
        now,
        None,  # type: ignore[arg-type]
    )


def test_facts_become_numbers_and_sources(facts: FactBook) -> None:
    found = shown(message("Never double up [M15]. Drink little [M20, M15]."), facts)
    assert found.text == "Never double up [1]. Drink little [2, 1]."
    assert found.heading == "" and len(found.sources) == 1
    fact = facts.get("M15")
    assert fact is not None and found.sources[0].startswith(f"{fact.source.title}: [")
    assert [button.id for button in found.buttons] == ["abc"]


@pytest.mark.parametrize(("author", "heading"), [("clinician", "From your clinic"), ("patient", "")])
def test_only_our_own_texts_carry_facts(facts: FactBook, author: Author, heading: str) -> None:
    found = shown(message("See [M15].", author), facts)
    assert (found.text, found.sources, found.heading) == ("See [M15].", (), heading)


def test_each_source_is_one_line_and_each_section_is_named_once() -> None:
    citations = [
        Citation(1, "A1", "Leaflet", "Before"),
        Citation(2, "M1", "Website", "Uses"),
        Citation(3, "A2", "Leaflet", "Before"),
        Citation(4, "A3", "Leaflet", "After"),
    ]
    assert source_lines(citations) == ("Leaflet: [1, 3] Before; [4] After", "Website: [2] Uses")
