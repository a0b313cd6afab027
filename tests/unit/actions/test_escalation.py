"""Escalating actions: what to do now, then the case, and only then that it is open."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.escalate_human import ActionEscalateHuman
from actions.escalate_mood import ActionEscalateMood
from actions.escalate_pregnancy import ActionEscalatePregnancy
from actions.escalate_serious_side_effect import ActionEscalateSeriousSideEffect
from actions.escalate_suicidal import ActionEscalateSuicidal
from actions.escalation import NOT_TOLD, EscalateAction
from bot.database import Database
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Reading
from tests.support.servers import free_port
from tests.support.world import rows
from tests.unit.actions.conftest import Patient, WatchingDispatcher, tracker_of

ACTIONS = [
    ActionEscalateSuicidal(),
    ActionEscalateMood(),
    ActionEscalatePregnancy(),
    ActionEscalateSeriousSideEffect(),
    ActionEscalateHuman(),
]


def reading(category: Category, tier: int = 1) -> Reading:
    text = "hi, something to tell you"
    concern = Concern(category, tier, 4, 13, "something", "why it matters", 0.9)
    return Reading(text, category.value, 1.0, concerns=(concern,), detector_version="abc+def")


def cases_of(database: Database, patient: Patient) -> list[tuple[object, ...]]:
    found = rows(
        database,
        "SELECT category, tier, evidence, evidence_start, evidence_end, reason, detector_version, channel, message_id,"
        " reference FROM cases WHERE conversation_id = :id",
        id=patient.conversation_id,
    )
    return [tuple(row) for row in found]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name())
def test_a_case_is_open_before_the_patient_is_told_so(
    action: EscalateAction, patient: Patient, database: Database
) -> None:
    before = len(rows(database, "SELECT 1 FROM cases"))
    dispatcher = WatchingDispatcher(database)
    assert action.run(dispatcher, patient.turn(reading(action.category, 2)), {}) == []
    (case,) = cases_of(database, patient)
    assert case[:7] == (action.category.value, 2, "something", 4, 13, "why it matters", "abc+def")
    assert case[7:9] == ("widget", patient.message_id)
    (urgent, at_first), (told, at_last) = dispatcher.said
    assert "told" not in urgent.replace("told me", "") and at_first == before
    assert "has been told" in told and str(case[9]) in told and at_last == before + 1


def test_urgent_help_is_not_said_twice(patient: Patient, database: Database) -> None:
    dispatcher = WatchingDispatcher(database)
    turn = patient.turn(reading(Category.PREGNANCY), urgent_help_sent=True)
    ActionEscalatePregnancy().run(dispatcher, turn, {})
    (text,) = dispatcher.texts
    assert "has been told" in text


def test_help_lines_are_those_of_the_patients_country(patient: Patient) -> None:
    for region, number in (("UK", "999"), ("AU", "000"), ("", "911"), ("nowhere", "911")):
        dispatcher = CollectingDispatcher()
        ActionEscalateSuicidal().run(dispatcher, patient.turn(reading(Category.SUICIDAL), region=region), {})
        assert number in dispatcher.messages[0]["text"]


def test_the_same_message_opens_one_case_however_often_it_runs(patient: Patient, database: Database) -> None:
    dispatcher = CollectingDispatcher()
    for _ in range(2):
        ActionEscalateMood().run(dispatcher, patient.turn(reading(Category.MOOD, 2)), {})
    (case,) = cases_of(database, patient)
    assert all(str(case[9]) in message["text"] for message in dispatcher.messages[1::2])
    events = rows(
        database,
        "SELECT kind, actor FROM case_events JOIN cases ON cases.id = case_id WHERE conversation_id = :id",
        id=patient.conversation_id,
    )
    assert [tuple(event) for event in events] == [("opened", "dialogue")]


def test_a_turn_without_a_reading_escalates_the_whole_message(patient: Patient, database: Database) -> None:
    plain = Reading("hi, something to tell you", "concern_mood", 1.0)
    ActionEscalateMood().run(CollectingDispatcher(), patient.turn(plain), {})
    (case,) = cases_of(database, patient)
    assert case[:5] == ("concern_mood", 2, plain.text, 0, len(plain.text))


def test_with_the_database_stopped_it_says_so(
    patient: Patient, database_of_actions: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    database_of_actions(f"postgresql://nobody@127.0.0.1:{free_port()}/gone")
    dispatcher = CollectingDispatcher()
    with caplog.at_level(logging.DEBUG, logger="actions"):
        ActionEscalatePregnancy().run(dispatcher, patient.turn(reading(Category.PREGNANCY)), {})
    urgent, last = (message["text"] for message in dispatcher.messages)
    assert "unborn" in urgent and last == NOT_TOLD
    assert "DatabaseUnavailable" in caplog.text and "something" not in caplog.text


def test_when_the_commit_fails_it_says_so(patient: Patient, database: Database) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$;"
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON cases DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        dispatcher = CollectingDispatcher()
        ActionEscalateSuicidal().run(dispatcher, patient.turn(reading(Category.SUICIDAL)), {})
    finally:
        with database.transaction() as session:
            session.connection().exec_driver_sql("DROP FUNCTION refuse() CASCADE")
    assert dispatcher.messages[-1]["text"] == NOT_TOLD
    assert cases_of(database, patient) == []


def test_in_rasas_shell_nothing_is_claimed(database: Database) -> None:
    dispatcher = CollectingDispatcher()
    ActionEscalateMood().run(dispatcher, tracker_of(reading(Category.MOOD, 2), "default"), {})
    assert dispatcher.messages[-1]["text"] == NOT_TOLD
