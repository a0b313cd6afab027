"""A small real reader for tests that are not about understanding: topics and concerns by keyword."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from bot.safety.categories import Category
from bot.safety.rules import RuleBook
from bot.safety.screening import Concern
from bot.understanding.explanation import explain
from bot.understanding.payload import parse_payload
from bot.understanding.policy import Thresholds
from bot.understanding.reading import Context, Reading

DATA = Path(__file__).resolve().parents[2] / "data"
VERSION = "test-reader"

_TOPICS = {"alcohol": "alcohol", "wine": "alcohol", "missed": "missed_dose", "sun": "sun_sensitivity"}
_CONCERNS = {
    r"\bpregnant\b": (Category.PREGNANCY, 1),
    r"\bkill myself\b": (Category.SUICIDAL, 1),
    r"\bvery low\b": (Category.MOOD, 2),
    r"\bhopeless\b": (Category.MOOD, 1),
    r"\breal person\b": (Category.HUMAN, 3),
}


@cache
def rule_book() -> RuleBook:
    return RuleBook.load(Path(__file__).with_name("rules"))


class KeywordReader:
    """Reads like bot.understanding.Reader, by keywords. Keeps the contexts that it was given."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    def read(self, text: str, context: Context = Context()) -> Reading:
        self.contexts.append(context)
        concerns = tuple(
            Concern(category, tier, match.start(), match.end(), match.group(), "test keyword", 1.0)
            for pattern, (category, tier) in _CONCERNS.items()
            if (match := re.search(pattern, text, re.IGNORECASE))
        )
        topics = tuple(dict.fromkeys(topic for word, topic in _TOPICS.items() if word in text.lower()))
        if concerns:
            intent = concerns[0].category.value
        elif "am i depressed" in text.lower():
            return Reading(text, "clarify_concern", 1.0, clarify="concern_mood", detector_version=VERSION)
        elif topics:
            intent = "faq"
        else:
            intent = "greet" if text.lower().startswith("hi") else "not_in_source"
        explanations = tuple(
            explain(concern, (), rule_book().match(text), rule_book(), Thresholds(), context, ())
            for concern in concerns
        )
        return Reading(
            text,
            intent,
            0.9,
            topics=topics,
            concerns=concerns,
            explanations=explanations,
            detector_version=VERSION,
        )

    def read_payload(self, payload: str, title: str, context: Context = Context()) -> Reading:
        parsed = parse_payload(payload)
        if parsed.topic is not None:
            return Reading(title, parsed.intent, 1.0, topics=(parsed.topic,), detector_version=VERSION)
        if parsed.intent in {category.value for category in Category}:
            concern = Concern(Category(parsed.intent), 2, 0, len(title), title, "pressed the button", 1.0)
            return Reading(title, parsed.intent, 1.0, concerns=(concern,), detector_version=VERSION)
        return Reading(title, parsed.intent, 1.0, detector_version=VERSION)


class BrokenReader:
    """A reader whose model is beyond use."""

    def read(self, text: str, context: Context = Context()) -> Reading:
        raise RuntimeError(f"cannot read {text}")

    def read_payload(self, payload: str, title: str, context: Context = Context()) -> Reading:
        raise RuntimeError(f"cannot read {payload}")
