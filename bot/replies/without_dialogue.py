"""The reply to one reading without a dialogue engine: for the command line, and for the front door when Rasa is down.

Said with the same words as Rasa's rules (data/rules) say it; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.content import ContentError
from bot.replies.words import Said, Words
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    OTHER_LANGUAGE,
    PERSONAL_DOSE,
    PROVIDE_CONTACT,
    UNSURE,
)
from bot.understanding.reading import Context, Reading

NOTHING_TO_WRITE_ON: Final = (
    "Thank you, but I have no message for your clinic to write that on. "
    "Tell me what they should know, or call them."
)
"""Contact details that belong to no case."""

_TEMPLATES: Final = {"skip_contact": "utter_contact_skipped"}  # the others are named after their intents

DOMAIN_FILE: Final = Path(__file__).resolve().parents[2] / "domain.yml"


@dataclass(frozen=True)
class Replies:
    """`templates`: what domain.yml says, by response name."""

    words: Words
    templates: Mapping[str, Said]

    @classmethod
    def load(cls, data_dir: Path, domain_file: Path = DOMAIN_FILE) -> Replies:
        """Raises ContentError when a file cannot be read."""
        try:
            domain = yaml.safe_load(domain_file.read_text(encoding="utf-8"))
            templates = {name: _said(items[0]) for name, items in domain["responses"].items()}
        except (OSError, yaml.YAMLError, KeyError, IndexError, TypeError) as error:
            raise ContentError(
                f"{domain_file}: its responses cannot be read ({type(error).__name__})"
            ) from error
        return cls(Words.load(data_dir), templates)

    def to(self, reading: Reading, context: Context = Context(), last_said: str = "") -> Said:
        """What the dialogue would say beside urgent help. An empty text: nothing."""
        if reading.concerns:
            return self.words.other_questions(reading)
        if reading.intent in ("faq", ASK_TOPIC):
            return self.words.answer(reading)
        if reading.intent == NOT_IN_SOURCE:
            return self.words.not_covered(reading)
        if reading.intent == PERSONAL_DOSE:
            return self.words.personal_dose(reading)
        if reading.intent == OTHER_LANGUAGE:
            return self.words.other_language(reading)
        if reading.intent == UNSURE:
            return self.words.unsure(reading)
        if reading.intent == CLARIFY_CONCERN:
            return self.words.clarify(reading)
        if reading.intent == FOLLOW_UP:
            return self.words.follow_up(context.last_topics, reading)
        if reading.intent == "ask_source":
            return self.words.sources(context.last_topics)
        if reading.intent == "repeat":
            return self.words.repeat(last_said)
        if reading.intent == PROVIDE_CONTACT:
            return self.words.then_asked(NOTHING_TO_WRITE_ON, reading)
        return self.templates.get(_TEMPLATES.get(reading.intent, f"utter_{reading.intent}"), Said(""))


def _said(response: Mapping[str, Any]) -> Said:
    buttons = tuple((str(button["title"]), str(button["payload"])) for button in response.get("buttons", ()))
    return Said(str(response["text"]), buttons)
