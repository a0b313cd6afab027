"""Everything that a message leads to, without any server."""

from __future__ import annotations

from typing import Any

from bot.content import cited_ids
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.replies import Replies
from bot.safety.regions import Region, load_regions
from bot.safety.urgent_help import urgent_help
from bot.settings import Settings
from bot.understanding import Reader, Reading


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
            return result_of(Reading("", "unsure", 0.0), str(refused))
        return result_of(reading, self.reply(reading))

    def reply(self, reading: Reading) -> str:
        """The urgent help of each concern, then what the dialogue says. It never says that somebody was told.

        In another language the urgent help comes in that language first.
        """
        language = self.replies.words.languages.get(reading.language or "")
        parts = [language.urgent_help(c.category, c.tier, self.region) for c in reading.concerns if language]
        parts += [urgent_help(c.category, c.tier, self.region) for c in reading.concerns]
        parts.append(self.replies.to(reading).text)
        return "\n\n".join(dict.fromkeys(part for part in parts if part))


def result_of(reading: Reading, reply: str) -> dict[str, Any]:
    """A reading and its reply as `python -m bot understand` writes them."""
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
