"""Check what the patient typed into the contact form."""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.contact import find_contact
from actions.turn import Turn

NOT_UNDERSTOOD = (
    "That doesn't look like a phone number or an email address to me. "
    "A number could look like +1 202 555 0123, an address like name@example.com."
)


class ValidateContactForm(FormValidationAction):
    def name(self) -> str:
        return "validate_contact_form"

    def validate_contact(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        turn = Turn.of(tracker)
        contact = find_contact(str(value), turn.region or "US")
        if contact is None:
            dispatcher.utter_message(text=NOT_UNDERSTOOD)
            if turn.reading.clarify is not None:
                dispatcher.utter_message(response="utter_clarify_concern")
            return {"contact": None}
        return {"contact": contact.shown}
