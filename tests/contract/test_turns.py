"""A turn through the queue and over real HTTP: what the patient sees when Rasa answers, and when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.database import Database
from bot.jobs.rescue import rescue_lost_jobs
from bot.jobs.without_rasa import APOLOGY
from bot.settings import Settings
from tests.support.patient import Patient
from tests.support.servers import RasaStandIn
from tests.support.world import rows

pytestmark = pytest.mark.usefixtures("job_worker")


@pytest.fixture(autouse=True)
def behaving(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.behave = rasa.echo
    rasa.turns.clear()


def said(patient: Patient, count: int) -> list[str]:
    return [item["text"] for item in patient.wait_for(count)]


def test_rasas_answer_reaches_the_patient_with_numbered_citations_and_opaque_buttons(
    patient: Patient, rasa: RasaStandIn
) -> None:
    async def answer(body: dict[str, Any]) -> Response:
        button = {"title": "Missed doses", "payload": '/ask_topic{"topic": "missed_dose"}'}
        return rasa.says({"text": "Drink little [M20, M19]. Never double up [M15].", "buttons": [button]})

    rasa.behave = answer
    patient.say("can i drink wine")
    item = patient.wait_for(3)[-1]
    assert item["text"] == "Drink little [1, 2]. Never double up [3]."
    assert [(c["number"], c["fact"]) for c in item["citations"]] == [(1, "M20"), (2, "M19"), (3, "M15")]
    assert all(c["source"] and c["section"] for c in item["citations"])
    assert (item["author"], item["topics"], item["concern"], item["seq"]) == (
        "assistant",
        ["alcohol"],
        None,
        3,
    )
    assert item["buttons"][0]["title"] == "Missed doses"
    assert set(item["buttons"][0]) == {"id", "title"}
    patient.post(button_id=item["buttons"][0]["id"])
    patient.wait_for(5)
    assert rasa.turns[-1]["text"] == "Missed doses"
    assert rasa.turns[-1]["parse_data"]["intent"]["name"] == "ask_topic"


def test_rasa_is_told_who_what_and_where(patient: Patient, rasa: RasaStandIn, database: Database) -> None:
    message_id = patient.say("I think I'm pregnant and I had wine")
    patient.wait_for(4)
    (turn,) = rasa.turns
    (row,) = rows(database, "SELECT conversation_id FROM messages WHERE id = :m", m=message_id)
    assert turn["sender"] == str(row.conversation_id)
    assert turn["metadata"] == {
        "region": "US",
        "message_id": message_id,
        "channel": "widget",
        "urgent_help_sent": True,
    }
    assert turn["parse_data"]["intent"]["name"] == "concern_pregnancy"
    assert turn["parse_data"]["reading"]["topics"] == ["alcohol"]
    assert rasa.tokens[-1] == f"Bearer {RasaStandIn.token}"


def test_turns_of_one_conversation_run_one_at_a_time_in_order(patient: Patient, rasa: RasaStandIn) -> None:
    running: list[int] = []

    async def slow(body: dict[str, Any]) -> Response:
        running.append(1)
        overlap = len(running)
        await asyncio.sleep(0.05)
        running.pop()
        return rasa.says({"text": f"{body['text']} {overlap}"})

    rasa.behave = slow
    for n in range(6):
        patient.say(f"hi {n}")
    replies = [item["text"] for item in patient.wait_for(13) if item["author"] == "assistant"][1:]
    assert replies == [f"hi {n} 1" for n in range(6)]


@pytest.mark.parametrize("failure", ["500", "slow", "empty", "not json", "wrong shape", "refused"])
def test_when_rasa_fails_covered_questions_are_answered_all_the_same(
    patient: Patient, rasa: RasaStandIn, failure: str
) -> None:
    rasa.behave = failing(failure)
    patient.say("can i drink wine")
    item = patient.wait_for(3)[-1]
    assert item["topics"] == ["alcohol"]
    assert {citation["fact"] for citation in item["citations"]} >= {"M20"}


@pytest.mark.parametrize("failure", ["500", "slow", "empty", "not json", "wrong shape", "refused"])
def test_when_rasa_fails_a_concern_is_still_in_safe_hands_and_nothing_untrue_is_said(
    patient: Patient, rasa: RasaStandIn, database: Database, failure: str
) -> None:
    rasa.behave = failing(failure)
    message_id = patient.say("I think I'm pregnant")
    urgent, notice = patient.wait_for(4)[2:]
    (case,) = rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)
    assert urgent["text"].startswith("urgent help: concern_pregnancy")
    assert f"reference {case.reference}" in notice["text"]
    assert notice["concern"] == "concern_pregnancy"


def test_when_rasa_fails_smalltalk_gets_an_honest_apology(patient: Patient, rasa: RasaStandIn) -> None:
    rasa.behave = failing("500")
    patient.say("hi there")
    assert said(patient, 3)[-1] == APOLOGY
    assert len(rasa.turns) == 3


def test_a_slow_or_odd_answer_is_not_asked_for_twice(patient: Patient, rasa: RasaStandIn) -> None:
    rasa.behave = failing("slow")
    patient.say("hi there")
    assert said(patient, 3)[-1] == APOLOGY
    assert len(rasa.turns) == 1


def test_a_short_outage_is_bridged(patient: Patient, rasa: RasaStandIn) -> None:
    async def once(body: dict[str, Any]) -> Response:
        rasa.behave = rasa.echo
        return PlainTextResponse("oops", 503)

    rasa.behave = once
    patient.say("hi there")
    assert said(patient, 3)[-1].startswith("You said: hi there")


def test_a_failed_action_brings_the_true_sentence(
    patient: Patient, rasa: RasaStandIn, database: Database
) -> None:
    async def half(body: dict[str, Any]) -> Response:
        return rasa.says({"text": "Please tell me more."}, failed=("action_escalate_pregnancy",))

    rasa.behave = half
    message_id = patient.say("I think I'm pregnant")
    texts = said(patient, 5)
    (case,) = rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)
    assert case.reference in texts[3]
    assert texts[4] == "Please tell me more."


def test_without_a_case_a_failed_action_claims_nothing(patient: Patient, rasa: RasaStandIn) -> None:
    async def half(body: dict[str, Any]) -> Response:
        return rasa.says({"text": "Hello."}, failed=("action_greet",))

    rasa.behave = half
    patient.say("hi there")
    assert said(patient, 3)[2:] == ["Hello."]


def test_a_turn_that_lost_its_worker_runs_again_once(
    patient: Patient, rasa: RasaStandIn, database: Database, settings: Settings
) -> None:
    message_id = patient.say("hi there")
    patient.wait_for(3)
    with database.transaction() as session:
        (job_id,) = session.execute(
            sa.text(
                "SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[ROW('turns', 'run_turn', 0, 'x', NULL,"
                " jsonb_build_object('conversation_id', conversation_id, 'message_id', id), now() + interval '1 day')]"
                "::procrastinate_job_to_defer_v1[])) FROM messages WHERE id = :m"
            ),
            {"m": UUID(message_id)},
        ).one()
        session.execute(
            sa.text("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = :j"), {"j": job_id}
        )
    assert rescue_lost_jobs(database) <= 1
    for _ in range(500):
        if not rows(database, "SELECT 1 FROM procrastinate_jobs WHERE id = :j", j=job_id):
            break
        asyncio.run(asyncio.sleep(0.02))
    assert rows(database, "SELECT 1 FROM procrastinate_jobs WHERE id = :j", j=job_id) == []
    assert len(rasa.turns) == 1
    assert len(patient.history()) == 3


def test_the_worker_survives_a_lost_database_connection(patient: Patient, settings: Settings) -> None:
    patient.say("hi there")
    patient.wait_for(3)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    patient.say("hi again")
    assert said(patient, 5)[-1].startswith("You said: hi again")


def failing(how: str) -> Any:
    async def behave(body: dict[str, Any]) -> Response:
        if how == "slow":
            await asyncio.sleep(3)
        answers: dict[str, Response] = {
            "500": PlainTextResponse("boom", 500),
            "slow": RasaStandIn.says({"text": "too late"}),
            "empty": RasaStandIn.says(),
            "not json": PlainTextResponse("<html>"),
            "wrong shape": JSONResponse({"messages": ["text"]}),
            "refused": PlainTextResponse("no", 401),
        }
        return answers[how]

    return behave
