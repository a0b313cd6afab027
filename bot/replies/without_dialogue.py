"""The reply to one reading without a dialogue engine: for the command line, and for the front door when Rasa is down.

Said with the same words as Rasa's rules (data/rules) say it; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from bot.content import ContentError
from bot.replies.words import Said, Words
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    PERSONAL_DOSE,
    UNSURE,
)
from bot.understanding.reading import Context, Reading

DOMAIN_FILE: Final = Path(__file__).resolve().parents[2] / "domain.yml"


@dataclass(frozen=True)
class Replies:
    """`templates`: the texts of domain.yml by response name."""

    words: Words
    templates: Mapping[str, str]

    @classmethod
    def load(cls, data_dir: Path, domain_file: Path = DOMAIN_FILE) -> Replies:
        """Raises ContentError when a file cannot be read."""
        try:
            domain = yaml.safe_load(domain_file.read_text(encoding="utf-8"))
            templates = {name: str(items[0]["text"]) for name, items in domain["responses"].items()}
        except (OSError, yaml.YAMLError, KeyError, IndexError, TypeError) as error:
            raise ContentError(f"{domain_file}: its responses cannot be read ({type(error).__name__})") from error
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
        return Said(self.templates.get(f"utter_{reading.intent}", ""))
