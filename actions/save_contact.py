"""Write how the clinic can reach the patient on the open cases."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.contact import Contact, find_contact
from actions.store import database
from actions.turn import Turn
from actions.validate_contact_form import NOT_UNDERSTOOD
from bot.cases import record_contact
from bot.errors import AssistantError
from bot.replies.without_dialogue import NOTHING_TO_WRITE_ON

logger = logging.getLogger(__name__)

SAVED = "Thank you. I wrote {contact} on your message to the clinic."
NOT_SAVED = "I could not save that just now. Please call your clinic, or try again in a minute."


class ActionSaveContact(Action):
    def name(self) -> str:
        return "action_save_contact"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn.of(tracker)
        region = turn.region or "US"
        contact = find_contact(turn.reading.text, region) or find_contact(
            str(tracker.get_slot("contact") or ""), region
        )
        answer = NOT_UNDERSTOOD if contact is None else _save(turn, contact).format(contact=contact.shown)
        dispatcher.utter_message(text=answer)
        if turn.reading.clarify is not None:
            dispatcher.utter_message(response="utter_clarify_concern")
        return [SlotSet("contact", contact.shown)] if contact is not None else []


def _save(turn: Turn, contact: Contact) -> str:
    if turn.conversation_id is None:
        return NOTHING_TO_WRITE_ON
    try:
        with database().transaction() as session:
            cases = record_contact(
                session,
                turn.conversation_id,
                datetime.now(timezone.utc),
                phone=contact.phone,
                email=contact.email,
            )
    except (AssistantError, SQLAlchemyError) as error:
        logger.error("contact details could not be saved: %s", type(error).__name__)
        return NOT_SAVED
    return SAVED if cases else NOTHING_TO_WRITE_ON
