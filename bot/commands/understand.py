"""`python -m bot understand [FILE]`: JSON Lines in, JSON Lines out, through the code that serves patients."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bot.commands.conversation import Conversation
from bot.commands.understanding import Understanding
from bot.errors import AssistantError
from bot.settings import Settings


class InputError(AssistantError):
    """A line that is not a message. The text names the line and what it needs."""


def run(settings: Settings, file: Path | None) -> None:
    """Raises InputError for a line that is no JSON object with `id` and `text`, or `id` and `turns`."""
    understanding = Understanding(settings)
    with file.open(encoding="utf-8") if file else nullcontext(sys.stdin) as lines:
        for message in _messages(lines):
            if "turns" in message:
                result = {"id": message["id"], "turns": _turns(understanding, message["turns"])}
            else:
                result = {"id": message["id"], **understanding.of(message["text"])}
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _turns(understanding: Understanding, turns: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each message of a conversation, read after the ones before it and the answers that they got."""
    conversation = Conversation(understanding)
    return [conversation.result(turn["text"]) for turn in turns]


def _messages(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"line {number} is not JSON: write one object with id and text a line"
            ) from error
        if not isinstance(message, dict) or "id" not in message or not _says_something(message):
            raise InputError(
                f"line {number} lacks id or text: write one object with both a line, or with id and turns"
            )
        yield message


def _says_something(message: dict[str, Any]) -> bool:
    turns = message.get("turns", [message])
    return isinstance(turns, list) and all(
        isinstance(turn, dict) and isinstance(turn.get("text"), str) for turn in turns
    )
