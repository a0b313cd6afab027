"""`python -m bot understand`: JSON Lines in, JSON Lines out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands import understand
from bot.commands.understand import InputError, run
from bot.commands.understanding import Understanding
from bot.settings import Settings

KEYS = {"topics", "concern", "tier", "covered", "facts", "language", "reply"}


def test_a_question(understanding: Understanding) -> None:
    result = understanding.of("Can I drink alcohol while I take isotretinoin?")
    assert set(result) == KEYS
    assert (result["topics"], result["concern"], result["tier"]) == (["alcohol"], "none", None)
    assert result["covered"] and "A14" in result["facts"] and "[A14]" in result["reply"]


def test_a_concern_comes_with_what_to_do_and_never_says_that_somebody_was_told(
    understanding: Understanding,
) -> None:
    result = understanding.of("I think I'm pregnant. How should I store the capsules?")
    assert (result["concern"], result["tier"]) == ("concern_pregnancy", 1)
    assert (
        "unborn" in result["reply"] and understanding.replies.words.answers["storage"].text in result["reply"]
    )
    assert "has been told" not in result["reply"]


def test_what_the_sources_do_not_cover(understanding: Understanding) -> None:
    result = understanding.of("will it make my hair fall out?")
    assert (result["topics"], result["covered"], result["facts"]) == ([], False, [])
    assert "don't cover" in result["reply"]


@pytest.mark.parametrize(
    "text", ["", " \u200b ", "x" * 4001, "🙂", "/session_start", "+1 202 555 0143", "skip", "\x00"]
)
def test_any_message_gets_a_reply(understanding: Understanding, text: str) -> None:
    result = understanding.of(text)
    assert result["reply"] and result["topics"] == [] and result["concern"] == "none"


@pytest.fixture
def loaded(understanding: Understanding, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command takes the model that is loaded already."""
    monkeypatch.setattr(understand, "Understanding", lambda settings: understanding)


@pytest.mark.usefixtures("loaded")
def test_lines_in_lines_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages: list[dict[str, Any]] = [
        {"id": 1, "text": "what is isotretinoin?", "note": "ignored", "topics": ["liver"]},
        {"id": "two", "text": "hello"},
    ]
    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(json.dumps(message) for message in messages) + "\n\n", encoding="utf-8")
    run(Settings.from_env(), file)
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["id"] for result in results] == [1, "two"]
    assert all(set(result) == {"id", *KEYS} for result in results)
    assert results[0]["topics"] == ["what_is"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"text": "hi"}', '{"id": 1, "text": 5}', '"hi"'])
def test_a_line_that_is_no_message_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text(f'{{"id": 1, "text": "hello"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        run(Settings.from_env(), file)


@pytest.mark.usefixtures("loaded")
def test_a_conversation_is_read_turn_by_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [{"text": "which birth control do i have to use with this"}, {"text": "and how long for?"}]
    file = tmp_path / "conversations.jsonl"
    file.write_text(json.dumps({"id": "c1", "turns": turns}) + "\n", encoding="utf-8")
    run(Settings(), file)
    (result,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert result["id"] == "c1" and [set(turn) for turn in result["turns"]] == [KEYS, KEYS]
    assert all("contraception" in turn["topics"] for turn in result["turns"])


@pytest.mark.usefixtures("loaded")
def test_turns_without_text_are_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "conversations.jsonl"
    file.write_text('{"id": 1, "turns": ["no object"]}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1 lacks id or text"):
        run(Settings(), file)
