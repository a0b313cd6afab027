"""How to reach the patient: what the form takes, and where it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.save_contact import NOT_SAVED, ActionSaveContact
from actions.validate_contact_form import NOT_UNDERSTOOD, ValidateContactForm
from bot.cases import Trigger, open_case
from bot.database import Database
from bot.replies.without_dialogue import NOTHING_TO_WRITE_ON
from bot.understanding import Reading
from tests.support.servers import free_port
from tests.support.world import rows
from tests.unit.actions.conftest import Patient


def left(text: str) -> Reading:
    return Reading(text, "provide_contact", 1.0)


def said(dispatcher: CollectingDispatcher) -> str:
    (message,) = dispatcher.messages
    return str(message["text"])


@pytest.fixture
def patient_with_case(patient: Patient, database: Database) -> Patient:
    trigger = Trigger(
        patient.conversation_id,
        patient.message_id,
        "widget",
        "concern_mood",
        2,
        "something",
        4,
        13,
        "why",
        "v",
        "test",
    )
    with database.transaction() as session:
        open_case(session, trigger, datetime.now(timezone.utc))
    return patient


def contact_of(database: Database, patient: Patient) -> tuple[object, object]:
    ((phone, email),) = rows(
        database,
        "SELECT contact_phone, contact_email FROM cases WHERE conversation_id = :id",
        id=patient.conversation_id,
    )
    return phone, email


def test_a_number_is_written_on_the_case(patient_with_case: Patient, database: Database) -> None:
    dispatcher = CollectingDispatcher()
    events = ActionSaveContact().run(dispatcher, patient_with_case.turn(left("202 555 0143")), {})
    assert contact_of(database, patient_with_case) == ("+1 202-555-0143", None)
    assert said(dispatcher) == "Thank you. I wrote +1 202-555-0143 on your message to the clinic."
    assert events == [{"event": "slot", "timestamp": None, "name": "contact", "value": "+1 202-555-0143"}]


def test_what_the_form_has_taken_is_used_where_the_message_has_none(
    patient_with_case: Patient, database: Database
) -> None:
    turn = patient_with_case.turn(left("yes that one"), contact="sam@example.com")
    ActionSaveContact().run(CollectingDispatcher(), turn, {})
    assert contact_of(database, patient_with_case) == (None, "sam@example.com")


def test_a_newer_address_joins_the_number(patient_with_case: Patient, database: Database) -> None:
    for text in ("202 555 0143", "sam@example.com"):
        ActionSaveContact().run(CollectingDispatcher(), patient_with_case.turn(left(text)), {})
    assert contact_of(database, patient_with_case) == ("+1 202-555-0143", "sam@example.com")


def test_without_a_case_nothing_is_claimed(patient: Patient) -> None:
    dispatcher = CollectingDispatcher()
    ActionSaveContact().run(dispatcher, patient.turn(left("202 555 0143")), {})
    assert said(dispatcher) == NOTHING_TO_WRITE_ON


def test_without_details_nothing_is_claimed(patient_with_case: Patient, database: Database) -> None:
    dispatcher = CollectingDispatcher()
    assert ActionSaveContact().run(dispatcher, patient_with_case.turn(left("123")), {}) == []
    assert said(dispatcher) == NOT_UNDERSTOOD
    assert contact_of(database, patient_with_case) == (None, None)


def test_with_the_database_stopped_it_says_so(
    patient_with_case: Patient, database_of_actions: Callable[[str], None]
) -> None:
    database_of_actions(f"postgresql://nobody@127.0.0.1:{free_port()}/gone")
    dispatcher = CollectingDispatcher()
    ActionSaveContact().run(dispatcher, patient_with_case.turn(left("202 555 0143")), {})
    assert said(dispatcher) == NOT_SAVED


@pytest.mark.parametrize(
    ("value", "taken"), [("202 555 0143", "+1 202-555-0143"), ("mail sam@example.com", "sam@example.com")]
)
def test_the_form_takes_what_is_valid(patient: Patient, value: str, taken: str) -> None:
    dispatcher = CollectingDispatcher()
    assert ValidateContactForm().validate_contact(value, dispatcher, patient.turn(left(value)), {}) == {
        "contact": taken
    }
    assert dispatcher.messages == []


@pytest.mark.parametrize("value", ["12345678901234", "sam@", "", "next week"])
def test_the_form_asks_again_for_what_is_not(patient: Patient, value: str) -> None:
    dispatcher = CollectingDispatcher()
    turn = patient.turn(left(value or "x"))
    assert ValidateContactForm().validate_contact(value, dispatcher, turn, {}) == {"contact": None}
    assert said(dispatcher) == NOT_UNDERSTOOD


def test_a_doubt_beside_the_details_is_asked_about(patient_with_case: Patient, database: Database) -> None:
    dispatcher = CollectingDispatcher()
    reading = Reading(
        "202 555 0143, my chest is odd", "provide_contact", 1.0, clarify="concern_serious_side_effect"
    )
    ActionSaveContact().run(dispatcher, patient_with_case.turn(reading), {})
    assert contact_of(database, patient_with_case) == ("+1 202-555-0143", None)
    assert [message.get("response") for message in dispatcher.messages] == [None, "utter_clarify_concern"]
