"""What every escalating action does: say what to do now, open the case, and only then say that it is open."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.store import database
from actions.turn import Turn
from bot.cases import Opened, Trigger, open_case
from bot.channels.registry import alert_channels
from bot.errors import AssistantError
from bot.safety.categories import Category
from bot.safety.languages import Language, load_languages
from bot.safety.regions import Region, load_regions
from bot.safety.screening import Concern
from bot.safety.urgent_help import urgent_help
from bot.settings import Settings
from bot.understanding.concerns import DEFAULT_TIER
from bot.understanding.reader import DATA_DIR

logger = logging.getLogger(__name__)

TOLD = (
    "Your clinic has been told: your message is on their care desk now (reference {reference}). "
    "I can't say when somebody will read it, so please don't wait for an answer here before you get help."
)
PASSED_ON = (
    "Your clinic has been told that you would like to hear from a person (reference {reference}). "
    "I can't say when they will answer."
)
# The front door may have put the message on the care desk before: this must be true whether it has or not.
NOT_TOLD = "I can't be sure that your clinic gets this message. Please call them yourself."


class EscalateAction(Action, ABC):
    """One category of concern. Subclasses name it; they add nothing else."""

    category: Category

    @abstractmethod
    def name(self) -> str:
        """The action's name in domain.yml. Abstract, so that the SDK registers only the subclasses."""

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn.of(tracker)
        concern = _concern(turn, self.category)
        if not turn.urgent_help_sent:
            dispatcher.utter_message(text=_urgent_help(concern, turn))
        opened = _open(turn, concern)
        dispatcher.utter_message(text=_what_happened(opened, self.category))
        return []


def _concern(turn: Turn, category: Category) -> Concern:
    """The concern of this category in the reading; the whole message when a button or rule led here."""
    for concern in turn.reading.concerns:
        if concern.category is category:
            return concern
    text = turn.reading.text
    return Concern(category, DEFAULT_TIER[category], 0, len(text), text, "The dialogue led here", 1.0)


def _urgent_help(concern: Concern, turn: Turn) -> str:
    """In the patient's language where there is a file for it, then in English."""
    region = _region(turn.region)
    english = urgent_help(concern.category, concern.tier, region)
    language = _languages().get(turn.reading.language or "")
    if language is None:
        return english
    return f"{language.urgent_help(concern.category, concern.tier, region)}\n\n{english}"


def _open(turn: Turn, concern: Concern) -> Opened | None:
    """The case, committed; None when it could not be opened."""
    if turn.conversation_id is None or turn.message_id is None:
        return None
    trigger = Trigger.of(
        concern,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        channel=turn.channel,
        detector_version=turn.reading.detector_version,
        actor="dialogue",
        explanation=turn.reading.explanation(concern.category),
    )
    try:
        with database().transaction() as session:
            return open_case(session, trigger, datetime.now(timezone.utc), alert=_alert_channels())
    except (AssistantError, SQLAlchemyError) as error:
        logger.error("a case could not be opened: %s", type(error).__name__)
        return None


def _what_happened(opened: Opened | None, category: Category) -> str:
    if opened is None:
        return NOT_TOLD
    if category is Category.HUMAN:
        return PASSED_ON.format(reference=opened.case.reference)
    return TOLD.format(reference=opened.case.reference)


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, Language]:
    return load_languages(DATA_DIR / "languages")


@lru_cache(maxsize=1)
def _alert_channels() -> tuple[str, ...]:
    return alert_channels(Settings.from_env())


@lru_cache(maxsize=1)
def _regions() -> tuple[dict[str, Region], str]:
    return dict(load_regions(DATA_DIR / "regions")), Settings.from_env().region


def _region(code: str) -> Region:
    regions, default = _regions()
    return regions.get(code.upper()) or regions[default]
