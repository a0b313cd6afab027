"""Rasa's words: composed from the reading where it matters, Rasa's templates for the rest.

Answers are composed inside Rasa, so an FAQ answer never needs the action server.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.replies import Said, Words
from bot.understanding.parse_data import READING_KEY
from bot.understanding.reader import DATA_DIR
from bot.understanding.reading import Reading

_FAQ = "utter_faq/"


class GroundedNLG(TemplatedNaturalLanguageGenerator):
    """`endpoints.yml`: `nlg: {type: bot.dialogue.nlg.GroundedNLG}`.

    `rasa run` makes it before the model, with an empty domain; Rasa hands the templates of the domain over once the
    model is there, but only to subclasses of its own generator.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._words = Words.load(DATA_DIR)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        said = self._composed(utter_action, tracker)
        if said is not None:
            return said.to_dict() if said.text else None
        generated: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        return generated

    def _composed(self, utter_action: str, tracker: DialogueStateTracker) -> Said | None:
        reading = _latest_reading(tracker)
        if utter_action.startswith(_FAQ) or utter_action == "utter_topic":
            return self._words.answer(reading)
        if utter_action == "utter_other_questions":
            return self._words.other_questions(reading)
        if utter_action == "utter_not_in_source":
            return self._words.not_covered(reading)
        if utter_action == "utter_personal_dose":
            return self._words.personal_dose(reading)
        if utter_action == "utter_other_language":
            return self._words.other_language(reading)
        if utter_action == "utter_unsure":
            return self._words.unsure(reading)
        if utter_action == "utter_clarify_concern":
            return self._words.clarify(reading)
        if utter_action == "utter_follow_up":
            return self._words.follow_up(_earlier_topics(tracker), reading)
        if utter_action == "utter_sources":
            return self._words.sources(_earlier_topics(tracker))
        if utter_action == "utter_repeat":
            return self._words.repeat(_last_said(tracker))
        return None


def _latest_reading(tracker: DialogueStateTracker) -> Reading:
    message = tracker.latest_message
    data = message.parse_data.get(READING_KEY) if message is not None and message.parse_data else None
    if data:
        return Reading.from_dict(data)
    # A payload typed in `rasa shell`, as in /ask_topic{"topic": "alcohol"}.
    topics = [e["value"] for e in (message.entities if message else []) if e.get("entity") == "topic"]
    text = (message.text or "") if message else ""
    return Reading(text=text, intent="ask_topic", confidence=1.0, topics=tuple(topics))


def _earlier_topics(tracker: DialogueStateTracker) -> tuple[str, ...]:
    """Topics of the newest answer before the latest message."""
    turns = [event for event in tracker.applied_events() if isinstance(event, UserUttered)]
    for turn in reversed(turns[:-1]):
        data: Any = (turn.parse_data or {}).get(READING_KEY) or {}
        if data.get("topics"):
            return tuple(data["topics"])
    return ()


def _last_said(tracker: DialogueStateTracker) -> str:
    """What the bot said in its last turn before the latest message."""
    said: list[str] = []
    seen_latest = False
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            if seen_latest and said:
                break
            seen_latest = True
            continue
        if seen_latest and isinstance(event, BotUttered) and event.text:
            said.append(event.text)
    return "\n\n".join(reversed(said))
