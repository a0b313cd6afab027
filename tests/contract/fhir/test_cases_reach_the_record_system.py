"""Each case becomes one Task and one CommunicationRequest that follow it, whatever happens on the way."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from bot.cases import service, work
from bot.cases.domain import Resolution
from bot.database import Database
from tests.contract.fhir.conftest import DESK, Outbox, case_of
from tests.support.desk import desk_user
from tests.support.fhir_server import CLIENT_SECRET, FhirServer, willing
from tests.support.patient import Patient
from tests.support.world import rows

LEE = "lee@clinic.example"
MINUTE = timedelta(minutes=6)


def one(records: FhirServer, kind: str, case: Any) -> dict[str, Any]:
    (found,) = records.of_case(kind, case.id)
    return found


def step(database: Database, outbox: Outbox, take: Callable[..., object], case: Any, *more: Any) -> None:
    with database.transaction() as session:
        take(session, case.id, *more, outbox.now())


def failing(times: int, answer: Callable[[], Response], method: str = "POST") -> Any:
    left = [times]

    async def script(given: str, path: str) -> Response | None:
        if given != method or path == "metadata" or left[0] == 0:
            return None
        left[0] -= 1
        return answer()

    return script


def events(database: Database, case: Any) -> list[Any]:
    return rows(database, "SELECT kind, details FROM case_events WHERE case_id = :c ORDER BY id", c=case.id)


def test_a_case_becomes_one_task_and_one_request_that_belong_together(
    records: FhirServer, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    assert outbox.statuses(case.id) == ["sent"]
    task, request = one(records, "Task", case), one(records, "CommunicationRequest", case)
    assert outbox.deliveries(case.id)[0].provider_ids == [
        f"CommunicationRequest/{request['id']} Task/{task['id']}"
    ]
    assert (task["status"], task["intent"], task["priority"]) == ("requested", "order", "stat")
    assert (request["status"], request["priority"]) == ("active", "stat")
    assert task["focus"] == {"reference": f"CommunicationRequest/{request['id']}"}
    assert task["reasonCode"]["coding"][0]["code"] == "concern_pregnancy"
    assert datetime.fromisoformat(request["occurrencePeriod"]["end"]) == case.due_at.replace(
        microsecond=case.due_at.microsecond // 1000 * 1000
    )
    assert task["note"] == [{"text": f"Case {case.reference} at the care desk: {DESK}/desk/cases/{case.id}"}]
    assert {"system": "urn:uuid:e12afbdb-f64e-481f-a81f-d9e987b48a83", "value": case.reference} in task[
        "identifier"
    ]


def test_nobody_is_identified_and_nothing_quoted(records: FhirServer, outbox: Outbox, case: Any) -> None:
    outbox.send(case.id)
    task, request = one(records, "Task", case), one(records, "CommunicationRequest", case)
    assert task["for"] == request["subject"] == {"display": "Patient of the clinic's chat, not identified"}
    assert "contained" not in task and "payload" not in request
    assert "pregnant" not in json.dumps([task, request])
    assert str(case.conversation_id) not in json.dumps([task, request])


def test_quotations_are_sent_only_when_the_clinic_wants_them(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.settings = replace(outbox.settings, fhir_include_evidence=True)
    outbox.send(case.id)
    assert one(records, "CommunicationRequest", case)["payload"] == [{"contentString": case.evidence}]
    assert "pregnant" not in json.dumps(one(records, "Task", case))


def test_contact_details_go_along_once_the_patient_gave_them_and_are_taken_back(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    with database.transaction() as session:
        service.record_contact(
            session, case.conversation_id, outbox.now(), phone="+12025550123", email="pat@example.com"
        )
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id)
    for kind, subject in (("Task", "for"), ("CommunicationRequest", "subject")):
        found = one(records, kind, case)
        assert found[subject]["reference"] == "#patient"
        assert found["contained"] == [
            {
                "resourceType": "Patient",
                "id": "patient",
                "telecom": [
                    {"system": "phone", "value": "+12025550123"},
                    {"system": "email", "value": "pat@example.com"},
                ],
            }
        ]
    step(database, outbox, work.resolve, case, LEE, Resolution.CONTACTED, "")
    with database.transaction() as session:
        service.erase_content(session, case.conversation_id, outbox.now())
    outbox.send(case.id)
    for kind in ("Task", "CommunicationRequest"):
        assert "contained" not in one(records, kind, case)


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("hello, I think I am pregnant now", "stat"),
        ("I am very low", "urgent"),
        ("may I talk to a real person", "routine"),
    ],
)
def test_the_priority_follows_the_tier(
    records: FhirServer, database: Database, outbox: Outbox, patient: Patient, text: str, priority: str
) -> None:
    patient.say(text)
    found = rows(database, "SELECT * FROM cases ORDER BY opened_at DESC, tier LIMIT 1")[0]
    outbox.send(found.id)
    assert (
        one(records, "Task", found)["priority"]
        == priority
        == {1: "stat", 2: "urgent", 3: "routine"}[found.tier]
    )


def test_the_task_follows_the_case_to_its_end_and_back(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    lee = desk_user(database, LEE)
    outbox.send(case.id)
    told: list[tuple[str, str, str]] = []

    def now() -> None:
        outbox.send(case.id)
        task, request = one(records, "Task", case), one(records, "CommunicationRequest", case)
        told.append((task["status"], task["businessStatus"]["coding"][0]["code"], request["status"]))

    step(database, outbox, work.acknowledge, case, LEE)
    now()
    step(database, outbox, work.start, case, lee)
    now()
    step(database, outbox, work.resolve, case, LEE, Resolution.COULD_NOT_REACH, "nobody answers the phone")
    now()
    step(database, outbox, work.reopen, case, LEE)
    now()
    assert told == [
        ("accepted", "acknowledged", "active"),
        ("in-progress", "in_progress", "active"),
        ("failed", "resolved", "revoked"),
        ("requested", "reopened", "active"),
    ]
    ended = records.history("Task", case.id)[-2]
    assert ended["statusReason"]["coding"][0]["code"] == "could_not_reach"
    assert "nobody answers" not in json.dumps(records.history("Task", case.id))
    assert "statusReason" not in one(records, "Task", case)


def test_alerts_and_updates_arrive_in_order_even_after_a_pause(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    """Everything waits until the record system is back; then one resource stands as the case does."""
    records.before = failing(1, lambda: Response("", 503))
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    step(database, outbox, work.start, case, desk_user(database, LEE))
    outbox.send(case.id, wait=MINUTE)
    assert set(outbox.statuses(case.id)) == {"sent"} and len(outbox.statuses(case.id)) >= 3
    assert [version["status"] for version in records.history("Task", case.id)] == ["in-progress"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("upstream failed", 500),
        lambda: Response("", 503),
        lambda: FhirServer.outcome(429, "throttled"),
        lambda: FhirServer.outcome(409, "conflict"),
        lambda: FhirServer.outcome(500, "exception"),
        lambda: Response("<html>not FHIR</html>", 200),
        lambda: Response("[1, 2", 200, media_type="application/fhir+json"),
        lambda: JSONResponse({"resourceType": "Bundle", "type": "transaction-response"}),
        lambda: JSONResponse({"resourceType": "Bundle", "entry": [{"response": 1}, None]}),
        lambda: JSONResponse({"resourceType": "Patient"}),
        lambda: Response("", 302, headers={"location": "https://elsewhere.example"}),
        lambda: FhirServer.outcome(403, "forbidden"),
        lambda: FhirServer.outcome(404, "not-found"),
    ],
)
def test_its_troubles_delay_a_case_and_lose_nothing(
    records: FhirServer, outbox: Outbox, case: Any, answer: Callable[[], Response]
) -> None:
    records.before = failing(2, answer)
    outbox.send(case.id)
    assert outbox.statuses(case.id) == ["pending"]
    outbox.send(case.id, times=2, wait=MINUTE)
    assert outbox.statuses(case.id) == ["sent"]
    assert len(records.of_case("Task", case.id)) == len(records.of_case("CommunicationRequest", case.id)) == 1


@pytest.mark.parametrize(
    "given",
    [lambda: "40", lambda: format_datetime(datetime.now(timezone.utc) + timedelta(seconds=45), usegmt=True)],
    ids=["seconds", "date"],
)
def test_a_retry_after_is_waited_for(records: FhirServer, outbox: Outbox, case: Any, given: str) -> None:
    records.before = failing(1, lambda: FhirServer.outcome(429, "throttled", **{"retry-after": given()}))
    outbox.send(case.id)
    waits = outbox.deliveries(case.id)[0]
    assert timedelta(seconds=20) < waits.next_attempt_at - outbox.now() < timedelta(seconds=50)
    assert waits.problem == "http_429 throttled"
    outbox.send(case.id, wait=timedelta(seconds=10))
    assert outbox.statuses(case.id) == ["pending"]
    outbox.send(case.id, wait=timedelta(seconds=45))
    assert outbox.statuses(case.id) == ["sent"]


def test_a_retry_after_of_days_is_an_hour(records: FhirServer, outbox: Outbox, case: Any) -> None:
    records.before = failing(1, lambda: FhirServer.outcome(503, "transient", **{"retry-after": "999999"}))
    outbox.send(case.id)
    assert outbox.deliveries(case.id)[0].next_attempt_at - outbox.now() <= timedelta(hours=1)


def test_no_answer_in_time_and_no_server_at_all(records: FhirServer, outbox: Outbox, case: Any) -> None:
    import asyncio

    async def slow(method: str, path: str) -> Response | None:
        await asyncio.sleep(1.6)
        return None

    records.before = slow
    outbox.send(case.id)
    assert outbox.deliveries(case.id)[0].problem == "no connection (ReadTimeout)"
    records.before = willing
    settings, outbox.settings = (
        outbox.settings,
        replace(outbox.settings, fhir_base_url="http://127.0.0.1:9/fhir"),
    )
    outbox.send(case.id, wait=MINUTE)
    assert outbox.deliveries(case.id)[0].problem == "no connection (ConnectError)"
    outbox.settings = settings
    outbox.send(case.id, wait=MINUTE)
    assert outbox.statuses(case.id) == ["sent"]
    assert len(records.of_case("Task", case.id)) == 1


def test_what_it_will_never_take_is_given_up_with_a_code_and_no_words(
    records: FhirServer, database: Database, outbox: Outbox, case: Any, caplog: pytest.LogCaptureFixture
) -> None:
    records.before = failing(1, lambda: FhirServer.outcome(422, "business-rule"))
    with caplog.at_level(logging.DEBUG):
        outbox.send(case.id)
    (delivery,) = outbox.deliveries(case.id)
    assert (delivery.status, delivery.problem) == ("dead", "http_422 business-rule")
    assert (events(database, case)[-1].kind, events(database, case)[-1].details) == (
        "delivery_failed",
        {"channel": "fhir", "problem": "http_422 business-rule"},
    )
    assert "Pat Example" not in caplog.text and CLIENT_SECRET not in caplog.text
    # The case goes on, and its next change makes up for what was refused.
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id)
    assert one(records, "Task", case)["status"] == "accepted"


def test_a_code_that_fhir_does_not_have_is_not_repeated(
    records: FhirServer, outbox: Outbox, case: Any
) -> None:
    records.before = failing(1, lambda: FhirServer.outcome(400, "Pat Example is unhappy"))
    outbox.send(case.id)
    assert outbox.deliveries(case.id)[0].problem == "http_400"


def test_an_answer_that_got_lost_makes_no_second_resource(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    records.after = failing(2, lambda: Response("gateway timeout", 504))
    outbox.send(case.id)
    assert len(records.of_case("Task", case.id)) == 1
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id, times=2, wait=MINUTE)
    assert outbox.statuses(case.id) == ["sent", "sent"]
    assert len(records.of_case("Task", case.id)) == len(records.of_case("CommunicationRequest", case.id)) == 1
    assert one(records, "Task", case)["status"] == "accepted"


def test_a_server_that_does_not_say_what_it_made_is_asked(
    records: FhirServer, outbox: Outbox, case: Any
) -> None:
    records.names_places = False
    outbox.send(case.id)
    task, request = one(records, "Task", case), one(records, "CommunicationRequest", case)
    assert outbox.deliveries(case.id)[0].provider_ids == [
        f"CommunicationRequest/{request['id']} Task/{task['id']}"
    ]


def test_what_people_write_in_the_record_system_stays(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    theirs = {"note": [{"text": "Called at nine"}], "owner": {"reference": "Practitioner/7"}}
    known = one(records, "Task", case)
    records.edit(
        "Task",
        case.id,
        **{**theirs, "note": [*known["note"], *theirs["note"]], "for": {"reference": "Patient/9"}},
    )
    with database.transaction() as session:
        service.record_contact(session, case.conversation_id, outbox.now(), phone="+12025550123")
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id)
    task = one(records, "Task", case)
    assert task["status"] == "accepted"
    assert task["owner"] == theirs["owner"] and theirs["note"][0] in task["note"] and len(task["note"]) == 2
    # They know who it is: that is not taken back, and what the chat knows is not hung onto it.
    assert task["for"] == {"reference": "Patient/9"} and "contained" not in task


def test_a_change_at_the_same_moment_is_not_overwritten(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    edits = [0]

    async def somebody_else(method: str, path: str) -> Response | None:
        if method == "POST" and edits[0] < 1:
            edits[0] += 1
            records.edit("Task", case.id, owner={"reference": f"Practitioner/{edits[0]}"})
        return None

    records.before = somebody_else
    outbox.send(case.id)
    task = one(records, "Task", case)
    assert (task["status"], task["owner"]) == ("accepted", {"reference": "Practitioner/1"})
    assert [status for method, _, status in records.requests if method == "POST"][-2:] == [412, 200]


def test_one_that_is_always_changed_meanwhile_is_tried_later(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    records.before = failing(2, lambda: FhirServer.outcome(412, "conflict"))
    outbox.send(case.id)
    assert outbox.deliveries(case.id)[1].problem == "http_412 conflict"
    outbox.send(case.id, wait=MINUTE)
    assert one(records, "Task", case)["status"] == "accepted"


def test_without_versions_it_works_too(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    records.versions = False
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id)
    assert one(records, "Task", case)["status"] == "accepted"


def test_nothing_is_written_where_nothing_changed(
    records: FhirServer, outbox: Outbox, case: Any, database: Database
) -> None:
    outbox.send(case.id)
    rows(
        database,
        "UPDATE deliveries SET status = 'pending', finished_at = NULL WHERE case_id = :c RETURNING 1",
        c=case.id,
    )
    outbox.send(case.id)
    assert len(records.history("Task", case.id)) == 1


def test_a_task_that_somebody_deleted_comes_back_while_the_case_is_open(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    records.delete("Task", case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    outbox.send(case.id)
    assert one(records, "Task", case)["status"] == "accepted"
    records.delete("Task", case.id)
    step(database, outbox, work.resolve, case, LEE, Resolution.REFERRED, "")
    outbox.send(case.id)
    assert records.of_case("Task", case.id) == []
    assert set(outbox.statuses(case.id)) == {"sent"}


def test_two_resources_with_the_cases_identifier_are_for_people_to_sort_out(
    records: FhirServer, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    twin = {**one(records, "Task", case), "id": "twin"}
    records._store(twin)
    other = replace(outbox.settings, fhir_include_evidence=True)
    outbox.settings = other
    rows(
        outbox.database,
        "UPDATE deliveries SET status = 'pending', finished_at = NULL, provider_ids = '{}'"
        " WHERE case_id = :c RETURNING 1",
        c=case.id,
    )
    outbox.send(case.id)
    assert outbox.deliveries(case.id)[0].problem == "http_412 multiple-matches"


def test_a_case_that_becomes_more_urgent_stays_one_task(
    records: FhirServer, database: Database, outbox: Outbox, patient: Patient
) -> None:
    first = case_of(patient, database, "I am very low")
    outbox.send(first.id)
    patient.say("all is hopeless")
    outbox.send(first.id)
    kinds = [delivery.kind for delivery in outbox.deliveries(first.id)]
    assert kinds.count("case_alert") == 2 and set(outbox.statuses(first.id)) == {"sent"}
    assert [version["priority"] for version in records.history("Task", first.id)] == ["urgent", "stat"]


# --- signing in


def test_one_token_serves_until_it_ends(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    before = records.tokens_given
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    step(database, outbox, work.start, case, desk_user(database, LEE))
    outbox.send(case.id)
    # A sender each time: two tokens for many requests.
    assert records.tokens_given - before == 2 and len(records.requests) >= 4
    assert 401 not in {status for _, _, status in records.requests}


def test_a_token_that_ends_soon_is_renewed_before_it_is_used(
    records: FhirServer, database: Database, outbox: Outbox, case: Any
) -> None:
    outbox.send(case.id)
    step(database, outbox, work.acknowledge, case, LEE)
    records.token_seconds, before = 20, records.tokens_given
    outbox.send(case.id)
    # Two are read and both are written.
    assert outbox.statuses(case.id) == ["sent", "sent"] and records.tokens_given == before + 3
    assert 401 not in {status for _, _, status in records.requests}


def test_a_token_that_is_refused_is_renewed_once(records: FhirServer, outbox: Outbox, case: Any) -> None:
    async def forget_first(method: str, path: str) -> Response | None:
        if records.requests == []:
            records.tokens.clear()
        return None

    before = records.tokens_given
    records.before = forget_first
    outbox.send(case.id)
    assert outbox.statuses(case.id) == ["sent"] and records.tokens_given == before + 2
    assert [status for _, _, status in records.requests] == [401, 200]


def test_a_token_that_is_always_refused_waits_for_the_operator(
    records: FhirServer, outbox: Outbox, case: Any, caplog: pytest.LogCaptureFixture
) -> None:
    records.before = failing(2, lambda: FhirServer.outcome(401, "login"))
    with caplog.at_level(logging.DEBUG):
        outbox.send(case.id)
    assert outbox.deliveries(case.id)[0].problem == "http_401 login"
    assert "the record system refuses us (http_401 login)" in caplog.text
    outbox.send(case.id, wait=MINUTE)
    assert outbox.statuses(case.id) == ["sent"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            lambda: JSONResponse(
                {"error": "invalid_client", "error_description": f"not {CLIENT_SECRET}"}, 401
            ),
            "token: invalid_client",
        ),
        (lambda: JSONResponse({"error": f"no {CLIENT_SECRET}"}, 400), "token: refused"),
        (lambda: Response("down", 503), "token: http_503"),
        (lambda: Response("<html>", 200), "token: an answer that is none"),
        (lambda: JSONResponse({"token_type": "Bearer"}), "token: an answer that is none"),
        (lambda: JSONResponse(["token"]), "token: an answer that is none"),
        (lambda: JSONResponse({"access_token": "x", "token_type": "mac"}), None),
    ],
)
def test_without_a_token_it_is_tried_later_and_the_secret_stays_ours(
    records: FhirServer,
    outbox: Outbox,
    case: Any,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[], Response],
    problem: str | None,
) -> None:
    records.token_answer = answer
    with caplog.at_level(logging.DEBUG):
        outbox.send(case.id)
    found = outbox.deliveries(case.id)[0]
    assert found.status == "pending" and (problem is None or found.problem == problem)
    assert CLIENT_SECRET not in caplog.text + found.problem and str(case.id) not in caplog.text
    records.token_answer = lambda: None
    outbox.send(case.id, wait=MINUTE)
    assert outbox.statuses(case.id) == ["sent"]


def test_a_server_that_asks_for_no_token_gets_none(records: FhirServer, outbox: Outbox, case: Any) -> None:
    records.token_needed = False
    none = {"fhir_token_url": "", "fhir_client_id": "", "fhir_client_secret": "", "fhir_scope": ""}
    outbox.settings = replace(outbox.settings, **none)
    before = records.tokens_given
    try:
        outbox.send(case.id)
    finally:
        records.token_needed = True
    assert outbox.statuses(case.id) == ["sent"] and records.tokens_given == before
