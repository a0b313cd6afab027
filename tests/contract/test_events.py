"""Server-sent events over real HTTP: nothing is missed and nothing comes twice, whatever is cut in between."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from bot.cases import service
from bot.content.facts import FactBook
from bot.conversations import repository
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.app import create_app
from bot.gateway.rendering import utc_text
from bot.gateway.widget_api import MOST_STREAMS
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.patient import Patient
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import RasaStandIn, front_door


def messages(events: Iterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The next `count` message events."""
    found: list[dict[str, Any]] = []
    for event in events:
        if event.get("event") == "message":
            found.append(event)
        if len(found) == count:
            return found
    raise AssertionError(f"the stream ended after {len(found)} messages")


def next_case(events: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    case: dict[str, Any] | None = next(event["data"] for event in events if event.get("event") == "case")
    return case


def test_what_was_said_before_comes_first_then_what_is_new(patient: Patient) -> None:
    patient.say("hi 1")
    with patient.listening() as events:
        assert [e["data"]["seq"] for e in messages(events, 2)] == [1, 2]
        patient_elsewhere(patient, "hi 2")
        (event,) = messages(events, 1)
    assert event["id"] == "3"
    assert event["data"] == patient.history()[-1]


def test_a_cut_stream_goes_on_where_it_was(patient: Patient) -> None:
    for n in range(5):
        patient.say(f"hi {n}")
    with patient.listening() as events:
        last = int(messages(events, 3)[-1]["id"])
    patient.say("hi 5")
    with patient.listening(last_event_id=last) as events:
        assert [e["data"]["seq"] for e in messages(events, 4)] == [4, 5, 6, 7]


def test_a_waiting_answer_shows_as_typing(patient: Patient, rasa: RasaStandIn, job_worker: None) -> None:
    with patient.listening(last_event_id=1) as events:
        patient_elsewhere(patient, "hi there")
        seen = []
        for event in (found for found in events if found.get("event") in ("message", "typing")):
            seen.append((event["event"], event["data"].get("typing") or event["data"].get("text")))
            if len(seen) == 4:
                break
    assert seen[0] == ("message", "hi there")
    assert seen[1] == ("typing", True)
    assert seen[2][0] == "message"
    assert seen[3] == ("typing", None)


def test_the_stream_says_what_the_clinic_has_and_since_when(patient: Patient, database: Database) -> None:
    with patient.listening() as events:
        assert next_case(events) is None
        patient_elsewhere(patient, "I am pregnant")
        told = next_case(events)
        with database.transaction() as session:
            (case,) = session.execute(sa.text("SELECT * FROM cases WHERE state = 'open'")).all()
            acknowledged = service.acknowledge(session, case.id, "ana@clinic.example", utc_now())
            # Whatever wakes the stream next.
            repository.add_clinician_message(session, case.conversation_id, "hello", "", utc_now())
        assert told == {"reference": case.reference, "at": utc_text(case.opened_at), "seen_at": None}
        seen = next_case(events)
        assert seen is not None
        assert (seen["at"], seen["seen_at"]) == (told["at"], utc_text(acknowledged.updated_at))
    with patient.listening(last_event_id=5) as events:
        assert next_case(events) == seen


def test_deleting_the_session_ends_its_streams(patient: Patient) -> None:
    with patient.listening() as events:
        messages(events, 1)
        threading.Timer(0.1, lambda: elsewhere(patient).delete("/widget/v1/session")).start()
        assert list(events)[-1] == {"event": "end", "data": {"reason": "deleted"}}


def test_an_expiring_session_ends_its_streams(patient: Patient, database: Database) -> None:
    with database.transaction() as session:
        session.execute(
            sa.text(
                "UPDATE conversations SET token_expires_at = now() + interval '0.7 second' WHERE token_hash IS NOT NULL"
            )
        )
    started = time.monotonic()
    with patient.listening() as events:
        assert list(events)[-1] == {"event": "end", "data": {"reason": "expired"}}
    assert time.monotonic() - started < 5


def test_a_stream_survives_a_lost_database_connection(patient: Patient, settings: Settings) -> None:
    with patient.listening() as events:
        messages(events, 1)
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        patient_elsewhere(patient, "hi after the break")
        (event,) = messages(events, 1)
    assert event["data"]["text"] == "hi after the break"


def test_streams_of_one_session_are_limited(patient: Patient) -> None:
    with contextlib.ExitStack() as open_streams:
        kept = []
        for _ in range(MOST_STREAMS):
            lines = open_streams.enter_context(
                elsewhere(patient).stream("GET", "/widget/v1/events")
            ).iter_lines()
            assert next(lines).startswith("retry")
            kept.append(lines)
        response = elsewhere(patient).get("/widget/v1/events", timeout=5)
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"


def test_stopping_the_server_ends_open_streams_at_once(settings: Settings, facts: FactBook) -> None:
    app = create_app(settings, KeywordReader(), rule_book(), facts, WORDS)
    ended: list[float] = []

    def listen(patient: Patient) -> None:
        with patient.listening() as events:
            for _ in events:
                listening.set()
        ended.append(time.monotonic())

    listening = threading.Event()
    with front_door(app) as address:
        thread = threading.Thread(target=listen, args=[Patient(address)])
        thread.start()
        assert listening.wait(5)
        stopped = time.monotonic()
    thread.join(5)
    assert ended and ended[0] - stopped < 3


@pytest.fixture(autouse=True)
def lasting_tokens(database: Database) -> Iterator[None]:
    yield
    with database.transaction() as session:
        session.execute(
            sa.text(
                "UPDATE conversations SET token_expires_at = now() + interval '1 day' WHERE token_hash IS NOT NULL"
            )
        )


def elsewhere(patient: Patient) -> httpx.Client:
    """A second connection with the same session."""
    return httpx.Client(
        base_url=patient.http.base_url, headers={"Authorization": f"Bearer {patient.token}"}, trust_env=False
    )


def patient_elsewhere(patient: Patient, text: str) -> None:
    """Say something in the middle of a stream."""
    with elsewhere(patient) as client:
        for _ in range(20):
            response = client.post(
                "/widget/v1/messages", json={"client_id": text.replace(" ", "-"), "text": text}
            )
            if response.status_code == 202:
                return
            time.sleep(0.2)
    raise AssertionError(response.text)
