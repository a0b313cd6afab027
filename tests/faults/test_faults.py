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

PREGNANT = "I think I'm pregnant"
QUESTION = "Can I drink alcohol while I take isotretinoin?"
TOLD = "has been told"


def texts(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("dead", ["rasa", "actions"])
def test_a_pregnancy_is_helped_at_once_and_reaches_the_desk(
    stack: Stack, patient: LivePatient, dead: str
) -> None:
    stack.kill(dead)
    message_id = UUID(patient.say(PREGNANT))
    at_once = texts(patient.history())
    assert "unborn baby" in at_once and "call your clinic or prescriber today" in at_once.lower()
    patient.follow(message_id)
    (case,) = patient.cases()
    assert (case.category, case.tier) == ("concern_pregnancy", 1)
    patient.wait_for_answer(message_id)
    said = texts(patient.history())
    # The action did not commit anything: only the front door's own case may be spoken of.
    assert TOLD not in said
    assert f"on your clinic's care desk (reference {case.reference})" in said
    assert said.count("unborn baby") == 1
    (same_case,) = patient.cases()
    assert same_case.reference == case.reference


@pytest.mark.parametrize("dead", ["rasa", "actions"])
def test_questions_are_answered_all_the_same(stack: Stack, patient: LivePatient, dead: str) -> None:
    stack.kill(dead)
    (answer,) = patient.asks(QUESTION)
    assert answer["topics"] == ["alcohol"] and "A14" in {c["fact"] for c in answer["citations"]}
    assert patient.cases() == []


def test_after_rasa_has_come_back_the_conversation_goes_on(stack: Stack, patient: LivePatient) -> None:
    patient.asks(QUESTION)
    stack.kill("rasa")
    stack.wait_until_healed()
    assert "last answer" in texts(patient.asks("where did you get that from?"))


def test_a_reply_that_waits_for_a_worker_arrives_once(stack: Stack, patient: LivePatient) -> None:
    stack.kill("worker")
    message_id = UUID(patient.say(QUESTION))
    stack.wait_until_healed()
    patient.wait_for_answer(message_id)
    assert [message["topics"] for message in patient.history()[1:]] == [["alcohol"], ["alcohol"]]


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
    body = {"client_id": uuid4().hex, "text": "do I need to wear sunscreen on isotretinoin?"}
    first = patient.http.post("/widget/v1/messages", json=body)
    stack.kill("front door")
    again = _retried(patient, body)
    assert again.status_code == 202 and again.json() == first.json()
    patient.wait_for_answer(UUID(first.json()["message_id"]))
    after = patient.history()
    assert after[: len(before)] == before
    assert [message["text"] for message in after].count(body["text"]) == 1
    assert [message["seq"] for message in after] == list(range(1, len(after) + 1))
    with patient.listening(before[-1]["seq"]) as events:
        missed = [next(events)["data"]["seq"] for _ in after[len(before) :]]
    assert missed == [message["seq"] for message in after[len(before) :]]


def test_a_message_sent_to_a_dead_front_door_is_stored_once_it_is_back(
    stack: Stack, patient: LivePatient
) -> None:
    stack.kill("front door")
    body = {"client_id": uuid4().hex, "text": PREGNANT}
    with pytest.raises(httpx.TransportError):
        patient.http.post("/widget/v1/messages", json=body)
    response = _retried(patient, body)
    assert response.status_code == 202
    assert _retried(patient, body).json() == response.json()
    message_id = UUID(response.json()["message_id"])
    patient.wait_for_answer(message_id)
    patient.follow(message_id)
    assert [message["text"] for message in patient.history()].count(PREGNANT) == 1
    assert len(patient.cases()) == 1


def test_what_patients_wrote_is_in_no_log(stack: Stack, patient: LivePatient) -> None:
    secret = "Quetzalcoatl"
    patient.asks(f"I think I'm pregnant, my boyfriend {secret} does not know")
    stack.kill("actions")
    patient.asks(f"I've been crying every day since I started, {secret} left me")
    stack.kill("rasa")
    patient.asks(f"I have been so low since {secret} moved out")
    stack.wait_until_healed()
    logs = stack.log() + stack.logs_of_children()
    assert secret not in logs and "moved out" not in logs


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
