"""Holds over real HTTP and with a real job worker: turns under way, replies and the way back, processes that die."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.responses import Response

from bot.cases import Trigger, open_case
from bot.conversations import hand_over, repository
from bot.conversations.errors import HeldByAnother
from bot.conversations.hand_over import RECEIVED, TAKEN
from bot.conversations.service import utc_now
from bot.conversations.values import RETURNED
from bot.database import Database
from bot.settings import Settings
from tests.contract.test_hand_over_interleaved import nothing_is_lost_or_doubled, silent_inside_holds
from tests.contract.test_worker_process import process, until_asked
from tests.support.holding import Clinician, new_clinician
from tests.support.light_door import LightDoor
from tests.support.patient import Patient
from tests.support.servers import RasaStandIn, free_port, worker
from tests.support.world import rows


@pytest.fixture(scope="module")
def lee(database: Database) -> Clinician:
    return new_clinician(database, "Dr Lee")


@pytest.fixture(autouse=True)
def behaving(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.behave = rasa.echo
    rasa.turns.clear()


def thinking(rasa: RasaStandIn, seconds: float) -> None:
    async def think(body: dict[str, Any]) -> Response:
        await asyncio.sleep(seconds)
        return await rasa.echo(body)

    rasa.behave = think


def conversation_of(database: Database, message_id: str) -> UUID:
    found: UUID = rows(database, "SELECT conversation_id AS c FROM messages WHERE id = :m", m=message_id)[0].c
    return found


def take(database: Database, conversation_id: UUID, who: Clinician) -> None:
    with database.transaction() as session:
        hand_over.take(session, conversation_id, who.id, utc_now())


def reply(database: Database, conversation_id: UUID, who: Clinician, text: str) -> None:
    with database.transaction() as session:
        hand_over.reply(session, conversation_id, who, text, utc_now())


def give_back(database: Database, conversation_id: UUID, who: Clinician) -> None:
    with database.transaction() as session:
        hand_over.give_back(session, conversation_id, who.email, utc_now())


def until(look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return found


def no_jobs(database: Database) -> bool:
    waiting = "SELECT 1 FROM procrastinate_jobs WHERE queue_name = 'turns' AND status IN ('todo', 'doing')"
    return not rows(database, waiting)


def authors(patient: Patient) -> list[str]:
    return [item["author"] for item in patient.history()[1:]]


def test_a_hold_that_begins_in_the_middle_of_a_turn_leaves_no_answer_but_its_case(
    settings: Settings, database: Database, patient: Patient, rasa: RasaStandIn, lee: Clinician
) -> None:
    async def escalate(body: dict[str, Any]) -> Response:
        """What an escalating action does: the case commits, then the words come back."""
        await asyncio.sleep(0.7)
        message_id = UUID(body["metadata"]["message_id"])
        trigger = Trigger(
            UUID(body["sender"]),
            message_id,
            "widget",
            "request_human",
            3,
            "hi",
            0,
            2,
            "test",
            "test",
            "dialogue",
        )
        with database.transaction() as session:
            open_case(session, trigger, utc_now())
        return rasa.says({"text": "Your clinic has been told."})

    rasa.behave = escalate
    with worker(settings):
        conversation = conversation_of(database, patient.say("hi there"))
        until_asked(rasa, 1)
        take(database, conversation, lee)
        until(lambda: no_jobs(database), "the turn is over")
        patient.say("hello?")
        time.sleep(0.3)
    assert authors(patient) == ["patient", "assistant", "patient", "assistant"]
    assert [item["text"] for item in patient.history() if "told" in item["text"]] == []
    (case,) = rows(database, "SELECT category FROM cases WHERE conversation_id = :c", c=conversation)
    assert case.category == "request_human"
    assert len(rasa.turns) == 1


def test_a_reply_arrives_on_the_open_page_and_a_day_later(
    settings: Settings, database: Database, patient: Patient, lee: Clinician, door: str
) -> None:
    conversation = conversation_of(database, patient.say("I think I'm pregnant"))
    with patient.listening() as events:
        seen = (event["data"] for event in events if event.get("event") == "message")
        until(lambda: next(seen)["author"] == "assistant", "the page is up to date")
        reply(database, conversation, lee, "Please do a test today. " + "We are here. " * 250)
        live = until(lambda: (item := next(seen))["author"] == "clinician" and item, "the reply")
    assert live["role"] == "Dr Lee" and live["text"].startswith("Please do a test today.")
    assert (live["citations"], live["buttons"], live["topics"]) == ([], [], [])
    backdated = "UPDATE messages SET created_at = created_at - interval '1 day' WHERE conversation_id = :c"
    rows(database, backdated + " RETURNING id", c=conversation)
    # The tab is opened again: same token, no memory of what it has shown.
    with httpx.Client(base_url=door, trust_env=False) as later:
        later.headers["Authorization"] = f"Bearer {patient.token}"
        found = later.get("/widget/v1/history", params={"after": 0}).json()["messages"]
    assert found[-1] == {**live, "at": found[-1]["at"]}
    with patient.listening(last_event_id=live["seq"] - 1) as events:
        assert next(e for e in events if e.get("event") == "message")["data"]["text"] == live["text"]


@pytest.mark.usefixtures("job_worker")
def test_the_assistant_is_back_after_the_hold_and_answers_the_next_message(
    database: Database, patient: Patient, rasa: RasaStandIn, lee: Clinician
) -> None:
    conversation = conversation_of(database, patient.say("hi there"))
    patient.wait_for(3)
    take(database, conversation, lee)
    patient.say("are you a person?")
    give_back(database, conversation, lee)
    patient.say("can i drink wine")
    until(lambda: len(rasa.turns) == 2, "the turn")
    texts = [item["text"] for item in patient.wait_for(9)]
    assert texts[-1] == "You said: can i drink wine [1]."
    assert [turn["text"] for turn in rasa.turns] == ["hi there", "can i drink wine"]


def test_the_workers_chore_gives_an_overdue_hold_back(
    settings: Settings, database: Database, patient: Patient, lee: Clinician
) -> None:
    conversation = conversation_of(database, patient.say("I think I'm pregnant"))
    take(database, conversation, lee)
    overdue = (
        "UPDATE conversations SET held_since = now() - interval '1 hour', held_until = now() WHERE id = :c"
    )
    rows(database, overdue + " RETURNING id", c=conversation)
    with worker(settings), worker(settings):
        found = until(
            lambda: [i for i in patient.history() if i["text"].startswith("Nobody from your")], "the notice"
        )
        time.sleep(0.5)
    assert len([i for i in patient.history() if i["text"].startswith("Nobody from your")]) == len(found) == 1
    assert "I answer again" in found[0]["text"] and "911" in found[0]["text"]


def test_a_worker_killed_in_a_turn_leaves_the_next_one_nothing_to_say_into_the_hold(
    settings: Settings, database: Database, patient: Patient, rasa: RasaStandIn, lee: Clinician
) -> None:
    thinking(rasa, 1.0)
    with process(settings) as dying:
        conversation = conversation_of(database, patient.say("hi there"))
        until_asked(rasa, 1)
        dying.kill()
    take(database, conversation, lee)
    patient.say("is somebody there")
    with process(settings):
        until(lambda: no_jobs(database), "the lost job is over", 120)
        assert authors(patient) == ["patient", "assistant", "patient", "assistant"]
        give_back(database, conversation, lee)
        patient.say("hi again")
        last = patient.wait_for(8, seconds=60)[-1]
    assert last["text"] == "You said: hi again [1]."


def test_a_front_door_killed_while_messages_come_in_keeps_each_with_its_notice(
    settings: Settings, database: Database, lee: Clinician
) -> None:
    """The message, its events and the notice commit together: after a crash all are there, or none."""
    door = LightDoor(replace(settings, port=free_port()))
    try:
        door.start()
        patient = Patient(door.address)
        conversation = conversation_of(database, patient.say("I think I'm pregnant"))
        take(database, conversation, lee)
        client_ids = [uuid4().hex for _ in range(12)]

        def send(client_id: str) -> None:
            for _ in range(200):
                try:
                    body = {"client_id": client_id, "text": f"hi {client_id}"}
                    if patient.http.post("/widget/v1/messages", json=body).status_code == 202:
                        return
                except httpx.HTTPError:
                    time.sleep(0.05)
            raise AssertionError("never taken in")

        with ThreadPoolExecutor(4) as pool:
            sending = [pool.submit(send, client_id) for client_id in client_ids]
            time.sleep(0.05)
            door.kill()
            door.start()
            for done in sending:
                done.result()
        history = patient.history()
        patient.http.close()
    finally:
        door.stop()
    assert sorted(i["client_id"] for i in history if (i["client_id"] or "") in client_ids) == sorted(
        client_ids
    )
    assert len([i for i in history if i["text"].startswith("Your message is saved")]) == 1
    answered = rows(
        database,
        "SELECT count(*) AS n FROM case_events WHERE kind = 'patient_answered' AND message_id IN"
        " (SELECT id FROM messages WHERE conversation_id = :c)",
        c=conversation,
    )
    assert answered[0].n == len(client_ids)


@pytest.mark.usefixtures("job_worker")
def test_everybody_at_once(database: Database, door: str, rasa: RasaStandIn, lee: Clinician) -> None:
    """Threads, real turns: patients write while two clinicians take, reply and give back."""
    thinking(rasa, 0.05)
    ng = new_clinician(database, "Sam Ng")
    patient = Patient(door)
    conversation = conversation_of(database, patient.say("hi first"))
    said: list[str] = []

    def writes() -> None:
        for number in range(25):
            said.append(patient.say(f"hi {number}"))

    def works(who: Clinician) -> None:
        for number in range(8):
            try:
                reply(database, conversation, who, f"{who.name} {number}")
                time.sleep(0.05)
                give_back(database, conversation, who)
            except HeldByAnother:
                time.sleep(0.02)

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(writes), pool.submit(works, lee), pool.submit(works, ng)]
        for one in done:
            one.result(60)
    give_back(database, conversation, lee)
    until(lambda: no_jobs(database), "all turns are over")
    patient.http.close()
    with database.transaction() as session:
        messages = repository.after(session, conversation, 0, 500)
    silent_inside_holds(messages)
    written = [m.id for m in messages if m.author == "clinician"]
    first = next(m.id for m in messages if m.author == "patient")
    nothing_is_lost_or_doubled(messages, [first, *map(UUID, said)], written)
    names = [m.custom["notice"] for m in messages if m.kind == "notice"]
    assert names.count(TAKEN) >= 2 and RETURNED in names and RECEIVED in names
    assert all(m.answered_at is not None for m in messages if m.author == "patient")
