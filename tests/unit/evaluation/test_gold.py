"""Reading labelled messages: what is missing is left out, what is wrong is named by line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.gold import GoldError, read_gold
from tests.unit.evaluation.conftest import Written

SECRET = "nobody may read this"


def test_a_message_with_every_label(written: Written) -> None:
    line = {
        "id": "a",
        "text": "hello",
        "topics": ["alcohol"],
        "also_ok": ["liver"],
        "concern": "concern_mood",
        "tier": 2,
        "also_tier": [1],
        "also_concern": ["concern_suicidal"],
        "slice": ["short", "teen"],
        "covered": True,
    }
    (gold,) = read_gold(written("all", [line])).messages
    assert gold.accepted == {"alcohol", "liver"}
    assert gold.accepted_concerns == {"concern_mood", "concern_suicidal"}
    assert (gold.tier, gold.also_tier, gold.slices) == (2, (1,), ("short", "teen"))
    assert gold.worrying and not gold.plain


def test_labels_that_are_missing_are_unknown_and_not_empty(written: Written) -> None:
    (gold,) = read_gold(written("bare", [{"id": 7, "text": "hello"}])).messages
    assert (gold.id, gold.topics, gold.concern) == ("7", None, None)


def test_a_line_with_turns_is_a_conversation(written: Written) -> None:
    turns = [{"text": "one", "topics": []}, {"text": "two", "concern": "request_human", "tier": 3}]
    found = read_gold(written("mixed", [{"id": "c", "turns": turns}, {"id": "m", "text": "x"}]))
    assert [turn.id for turn in found.conversations[0].turns] == ["c/1", "c/2"]
    assert len(found.messages) == 1


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"text": SECRET}, "id"),
        ({"id": "a"}, "text"),
        ({"id": "a", "text": SECRET, "topics": "alcohol"}, "topics"),
        ({"id": "a", "text": SECRET, "concern": "sad"}, "concern"),
        ({"id": "a", "text": SECRET, "concern": "none", "tier": 4}, "tier"),
        ({"id": "a", "text": SECRET, "also_concern": ["sad"]}, "also_concern"),
        ({"id": "a", "text": SECRET, "also_tier": [0]}, "also_tier"),
        ({"id": "a", "text": SECRET, "slice": [1]}, "slice"),
        ({"id": "a", "turns": []}, "turns"),
        ({"id": "a", "turns": [{"topics": []}]}, "text"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_without_the_message(
    written: Written, line: dict[str, object], field: str
) -> None:
    path = written("wrong", [{"id": "first", "text": "fine"}, line])
    with pytest.raises(GoldError) as raised:
        read_gold(path)
    assert str(path) in str(raised.value) and "line 2" in str(raised.value)
    assert f"`{field}`" in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("text", ["{", "[1]", '"x"'])
def test_a_line_that_is_no_object(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("\n" + text + "\n", encoding="utf-8")
    with pytest.raises(GoldError, match="line 2"):
        read_gold(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read"):
        read_gold(tmp_path / "gone.jsonl")
