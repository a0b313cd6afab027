"""Nothing that a patient wrote is lost or answered twice, and nothing untrue is said, whatever dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from tests.support.live import LivePatient
from tests.support.stack import Stack

NAME = "Quetzalcoatl"  # stands in everything that is written here, and must be in no log
PREGNANT = f"I think I'm pregnant, my boyfriend {NAME} does not know"
QUESTION = f"Can I drink alcohol while I take isotretinoin? {NAME} says no."
TOLD = "has been told"


def texts(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("dead", ["rasa", "actions"])
def test_without_rasa_or_actions_help_is_there_at_once_and_questions_are_answered(
    stack: Stack, dead: str
) -> None:
    worried, curious = LivePatient(stack), LivePatient(stack)
    curious.asks("hello")
    stack.kill(dead)

    message_id = UUID(worried.say(PREGNANT))
    at_once = texts(worried.history())
    assert "unborn baby" in at_once and "Call your clinic or prescriber today" in at_once
    worried.follow(message_id)
    (case,) = worried.cases()
    assert (case.category, case.tier, case.message_id) == ("concern_pregnancy", 1, message_id)

    (answer,) = curious.asks(QUESTION)
    assert answer["topics"] == ["alcohol"] and "A14" in {c["fact"] for c in answer["citations"]}

    worried.wait_for_answer(message_id)
    said = texts(worried.history())
    # No action has committed anything: only the front door's own case may be spoken of.
    assert TOLD not in said and said.count("unborn baby") == 1
    assert f"on your clinic's care desk (reference {case.reference})" in said
    assert [case.reference for case in worried.cases()] == [case.reference]

    stack.wait_until_healed()
    assert TOLD in texts(worried.asks("I want to talk to a real person"))
    assert "comes from" in texts(curious.asks("where did you get that from?"))


def test_a_reply_that_waits_for_a_worker_arrives_once(stack: Stack, patient: LivePatient) -> None:
    stack.kill("worker")
    message_id = UUID(patient.say(QUESTION))
    patient.wait_for_answer(message_id)
    stack.wait_until_healed()
    assert [(m["author"], m["topics"]) for m in patient.history()[1:]] == [
        ("patient", ["alcohol"]),
        ("assistant", ["alcohol"]),
    ]


def test_a_worker_killed_in_the_middle_of_a_turn_leaves_one_reply(stack: Stack, patient: LivePatient) -> None:
    rasa = stack.pid("rasa")
    os.kill(rasa, signal.SIGSTOP)  # the turn hangs where the worker waits for Rasa
    try:
        message_id = UUID(patient.say(PREGNANT))
        patient.follow(message_id)
        wait_for(lambda: _job_status(stack, message_id) == "doing")
        stack.kill("worker")
    finally:
        os.kill(rasa, signal.SIGCONT)
    patient.wait_for_answer(message_id, seconds=60)
    stack.wait_until_healed()
    said = texts(patient.history())
    assert said.count("unborn baby") == 1 and said.count(TOLD) == 1
    assert said.count("Would you like to leave a phone number") == 1
    assert len(patient.cases()) == 1


def test_a_dead_front_door_loses_nothing_and_a_retry_is_stored_once(
    stack: Stack, patient: LivePatient
) -> None:
    patient.asks(QUESTION)
    before = patient.history()
    received = {"client_id": uuid4().hex, "text": f"do I need to wear sunscreen, {NAME}?"}
    not_received = {"client_id": uuid4().hex, "text": PREGNANT}
    first = patient.http.post("/widget/v1/messages", json=received)
    stack.kill("front door")
    with pytest.raises(httpx.TransportError):
        patient.http.post("/widget/v1/messages", json=not_received)

    again, late = _retried(patient, received), _retried(patient, not_received)
    assert (again.status_code, again.json()) == (202, first.json())
    assert (late.status_code, _retried(patient, not_received).json()) == (202, late.json())
    for response in (first, late):
        message_id = UUID(response.json()["message_id"])
        patient.wait_for_answer(message_id)
        patient.follow(message_id)

    after = patient.history()
    assert after[: len(before)] == before
    for sent in (received, not_received):
        assert [message["text"] for message in after].count(sent["text"]) == 1
    assert [message["seq"] for message in after] == list(range(1, len(after) + 1))
    assert len(patient.cases()) == 1
    missed = after[len(before) :]
    with patient.listening(before[-1]["seq"]) as events:
        assert [next(events)["data"] for _ in missed] == missed


def test_what_patients_wrote_is_in_no_log(stack: Stack) -> None:
    """After all of the above, and with it in every text."""
    logs = stack.log() + stack.logs_of_children()
    assert logs and NAME not in logs


def _retried(patient: LivePatient, body: dict[str, str], seconds: float = 60.0) -> httpx.Response:
    """As the widget does it: the same message again until the front door answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return patient.http.post("/widget/v1/messages", json=body)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the front door did not come back"
            time.sleep(0.2)


def _job_status(stack: Stack, message_id: UUID) -> str | None:
    query = sa.text("SELECT status FROM procrastinate_jobs WHERE args ->> 'message_id' = :id")
    with stack.database.transaction() as session:
        status: str | None = session.execute(query, {"id": str(message_id)}).scalar_one_or_none()
        return status
