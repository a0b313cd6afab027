"""`python -m bot understand [FILE]`: JSON Lines in, JSON Lines out, through the code that serves patients."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bot.content import cited_ids
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.errors import AssistantError
from bot.replies import Replies
from bot.safety.regions import Region, load_regions
from bot.safety.urgent_help import urgent_help
from bot.settings import Settings
from bot.understanding import Reader, Reading


class InputError(AssistantError):
    """A line that is not a message. The text names the line and what it needs."""


class Understanding:
    """Everything that one message leads to, without any server."""

    def __init__(self, settings: Settings) -> None:
        self.reader = Reader.load(settings.models_dir, settings.data_dir)
        self.replies = Replies.load(settings.data_dir)
        self.region: Region = load_regions(settings.data_dir / "regions")[settings.region]

    def of(self, text: str) -> dict[str, Any]:
        """`topics, concern, tier, covered, facts, language, reply` for a first message; language None is English."""
        try:
            reading = self.reader.read(clean_text(text))
        except (TextEmpty, TextTooLong) as refused:
            reading, reply = Reading("", "unsure", 0.0), str(refused)
        else:
            reply = self.reply(reading)
        concern = reading.concern
        return {
            "topics": list(reading.topics),
            "concern": concern.category.value if concern else "none",
            "tier": concern.tier if concern else None,
            "covered": reading.covered,
            "facts": list(cited_ids(reply)),
            "language": reading.language,
            "reply": reply,
        }

    def reply(self, reading: Reading) -> str:
        """The urgent help of each concern, then what the dialogue says. It never says that somebody was told.

        In another language the urgent help comes in that language first.
        """
        language = self.replies.words.languages.get(reading.language or "")
        parts = [language.urgent_help(c.category, c.tier, self.region) for c in reading.concerns if language]
        parts += [urgent_help(c.category, c.tier, self.region) for c in reading.concerns]
        parts.append(self.replies.to(reading).text)
        return "\n\n".join(dict.fromkeys(part for part in parts if part))


def run(settings: Settings, file: Path | None) -> None:
    """Raises InputError for a line that is no JSON object with `id` and `text`."""
    understanding = Understanding(settings)
    with file.open(encoding="utf-8") if file else nullcontext(sys.stdin) as lines:
        for message in _messages(lines):
            result = {"id": message["id"], **understanding.of(message["text"])}
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()


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
        if not isinstance(message, dict) or "id" not in message or not isinstance(message.get("text"), str):
            raise InputError(f"line {number} lacks id or text: write one object with both a line")
        yield message
