"""A case as FHIR resources: valid in every state, and nothing in them that the clinic did not ask for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B import construct_fhir_element

from bot.cases.domain import Case, Resolution, State
from bot.cases.words import CATEGORIES
from bot.channels.fhir.codes import ISSUES, REQUIRED, WrongCode, check_codes
from bot.channels.fhir.resources import changes, communication_request, creation, merge, task
from bot.channels.fhir.setup import FhirSetup
from tests.support.fhir_codes import BOUND, CONTACT_SYSTEM, problems_of

NOW = datetime(2026, 11, 3, 9, 5, tzinfo=timezone(timedelta(hours=2)))
SETUP = FhirSetup(
    base_url="https://records.clinic.example/fhir",
    token_url="",
    client_id="",
    client_secret="",
    scope="",
    include_evidence=False,
    desk_url="https://assistant.clinic.example",
)
CASE = Case(
    id=UUID(int=7),
    reference="K7F-3QX",
    conversation_id=UUID(int=8),
    message_id=UUID(int=9),
    category="concern_mood",
    tier=2,
    state=State.OPEN,
    evidence="I cry every day",
    evidence_start=0,
    evidence_end=15,
    reason="a rule",
    detector_version="v1",
    channel="widget",
    contact_phone=None,
    contact_email=None,
    opened_at=NOW,
    due_at=NOW + timedelta(hours=8),
    updated_at=NOW,
    resolved_reason=None,
)


def all_cases() -> list[Case]:
    ends: list[tuple[State, Resolution | None]] = [(state, None) for state in State]
    ends += [(State.RESOLVED, resolution) for resolution in Resolution]
    contacts = ((None, None), ("+12025550123", None), (None, "pat@example.com"))
    return [
        replace(
            CASE,
            state=state,
            resolution=resolution,
            tier=tier,
            category=category,
            contact_phone=phone,
            contact_email=email,
        )
        for (state, resolution), tier, category, (phone, email) in product(
            ends, (1, 2, 3), CATEGORIES, contacts
        )
    ]


def test_whatever_the_case_the_resources_are_valid() -> None:
    found = all_cases()
    assert len(found) > 500
    for case in found:
        for resource in (communication_request(case, SETUP), task(case, SETUP, "CommunicationRequest/1")):
            assert problems_of(resource) == [], case


def test_the_transactions_are_valid_bundles() -> None:
    made = creation(CASE, SETUP)
    construct_fhir_element("Bundle", made)
    request, work = (entry["resource"] for entry in made["entry"])
    assert work["focus"] == {"reference": made["entry"][0]["fullUrl"]}
    assert {entry["request"]["ifNoneExist"] for entry in made["entry"]} == {
        f"identifier=urn:ietf:rfc:3986|urn:uuid:{CASE.id}"
    }
    stored = {
        "CommunicationRequest": ({**request, "id": "c1"}, "1"),
        "Task": ({**work, "id": "t1", "focus": {"reference": "CommunicationRequest/c1"}}, ""),
    }
    assert changes(stored, CASE, SETUP, SETUP.base_url) is None
    changed = changes(stored, replace(CASE, tier=1), SETUP, SETUP.base_url)
    assert changed is not None
    construct_fhir_element("Bundle", changed)
    assert [entry["request"] for entry in changed["entry"]] == [
        {"method": "PUT", "url": "CommunicationRequest/c1", "ifMatch": 'W/"1"'},
        {"method": "PUT", "url": "Task/t1"},
    ]


def test_our_value_sets_are_those_of_the_specification() -> None:
    """Written down twice, apart from each other."""
    for (kind, name), known in BOUND.items():
        assert REQUIRED[f"{kind}.{name}"] == known
    assert REQUIRED["Patient.telecom.system"] == CONTACT_SYSTEM
    assert len(ISSUES) == 31 and "business-rule" in ISSUES


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "open"},
        {"status": "Requested"},
        {"intent": "directive"},
        {"priority": "high"},
        {"contained": [{"resourceType": "Patient", "id": "patient", "telecom": [{"system": "mobile"}]}]},
    ],
)
def test_a_code_that_fhir_does_not_have_is_refused_where_fhir_resources_takes_it(
    wrong: dict[str, Any],
) -> None:
    resource = {**task(CASE, SETUP, "CommunicationRequest/1"), **wrong}
    construct_fhir_element("Task", json.loads(json.dumps(resource)))
    with pytest.raises(WrongCode):
        check_codes(resource)


@pytest.mark.parametrize("missing", ["status", "intent"])
def test_a_code_that_must_be_there_is_missed(missing: str) -> None:
    resource = task(CASE, SETUP, "CommunicationRequest/1")
    del resource[missing]
    with pytest.raises(WrongCode, match=f"Task.{missing} is missing"):
        check_codes(resource)


def test_nobody_is_said_to_have_a_case_that_nobody_has_acknowledged() -> None:
    waiting = (State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED)
    told = {task(replace(CASE, state=state), SETUP, "x/1")["status"] for state in waiting}
    assert told == {"requested"}


def test_nothing_that_the_patient_wrote_goes_along_unless_asked_for() -> None:
    plain = json.dumps([communication_request(CASE, SETUP), task(CASE, SETUP, "x/1")])
    assert CASE.evidence not in plain and str(CASE.conversation_id) not in plain and "contained" not in plain
    quoting = replace(SETUP, include_evidence=True)
    assert communication_request(CASE, quoting)["payload"] == [{"contentString": CASE.evidence}]
    assert "payload" not in communication_request(replace(CASE, evidence=" "), quoting)
    assert CASE.evidence not in json.dumps(task(CASE, quoting, "x/1"))


def test_times_are_instants_in_utc() -> None:
    request = communication_request(CASE, SETUP)
    assert request["authoredOn"] == "2026-11-03T07:05:00.000+00:00"
    assert request["occurrencePeriod"]["end"] == "2026-11-03T15:05:00.000+00:00"


def test_a_task_is_never_modified_before_it_was_authored() -> None:
    early = replace(CASE, updated_at=NOW - timedelta(seconds=1))
    assert problems_of(task(early, SETUP, "x/1")) == []


def test_merging_keeps_theirs_and_brings_ours_up_to_date() -> None:
    ours = task(replace(CASE, state=State.ACKNOWLEDGED), SETUP, "CommunicationRequest/c1")
    theirs = {
        **task(CASE, SETUP, "CommunicationRequest/c1"),
        "id": "t1",
        "meta": {"versionId": "4"},
        "statusReason": {"text": "waiting for a call"},
        "identifier": [{"system": "urn:other", "value": "9"}],
        "owner": {"reference": "Practitioner/7"},
        "output": [{"type": {"text": "x"}, "valueString": "y"}],
        "note": [{"text": "Called at nine"}, *task(CASE, SETUP, "x/1")["note"]],
        "contained": [{"resourceType": "Patient", "id": "other"}],
    }
    merged = merge(theirs, ours)
    for name in ("id", "meta", "owner", "output", "contained"):
        assert merged[name] == theirs[name]
    assert (merged["status"], merged.get("statusReason")) == ("accepted", None)
    assert merged["note"] == [ours["note"][0], {"text": "Called at nine"}]
    assert merged["identifier"] == [*ours["identifier"], {"system": "urn:other", "value": "9"}]
    assert merge(merged, ours) == merged
