"""A case as FHIR R4B: a request to get in touch with the patient, and the clinic's task to do it. Pure.

Values are FHIR's JSON. What is not known is left out; a patient is never identified, because nobody is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final
from uuid import UUID, uuid5

from bot.cases.domain import Case, Resolution, State
from bot.cases.words import CATEGORIES, RESOLUTIONS, STATES
from bot.channels.fhir.codes import (
    ALERT,
    CATEGORY_SYSTEM,
    PRIORITIES,
    REFERENCE_SYSTEM,
    REQUEST_ENDS,
    RESOLUTION_SYSTEM,
    STATE_SYSTEM,
    TASK_CODE,
    TASK_ENDS,
    TASK_STATES,
    URI_SYSTEM,
    check_codes,
)
from bot.channels.fhir.setup import FhirSetup

Json = dict[str, Any]

REQUEST: Final = "CommunicationRequest"
TASK: Final = "Task"
TYPES: Final = (REQUEST, TASK)
PATIENT: Final = "patient"
_ANONYMOUS: Final = "Patient of the clinic's chat, not identified"
_BY: Final = "Isotretinoin assistant (a computer program)"

# What is ours in a resource; everything else that the record system's people write there stays.
_OURS: Final[Mapping[str, Sequence[str]]] = {
    REQUEST: (
        "status",
        "statusReason",
        "category",
        "priority",
        "subject",
        "payload",
        "occurrencePeriod",
        "authoredOn",
        "requester",
        "reasonCode",
    ),
    TASK: (
        "status",
        "statusReason",
        "businessStatus",
        "intent",
        "priority",
        "code",
        "description",
        "focus",
        "for",
        "authoredOn",
        "lastModified",
        "requester",
        "reasonCode",
        "restriction",
    ),
}
_SUBJECT: Final[Mapping[str, str]] = {REQUEST: "subject", TASK: "for"}


def identifier_of(case_id: UUID) -> str:
    """What a search for a case's resources asks for, and what makes sending one twice one resource."""
    return f"{URI_SYSTEM}|urn:uuid:{case_id}"


def communication_request(case: Case, setup: FhirSetup) -> Json:
    """Please get in touch with this patient, until then."""
    found = {
        "resourceType": REQUEST,
        **_common(case, setup),
        "status": _request_status(case),
        "category": [_concept(*ALERT), _category(case)],
        "reasonCode": [_category(case)],
        "subject": _subject(case),
        "requester": {"display": _BY},
        "occurrencePeriod": {"start": _time(case.opened_at), "end": _time(case.due_at)},
        "authoredOn": _time(case.opened_at),
    }
    if setup.include_evidence and case.evidence.strip():
        found["payload"] = [{"contentString": case.evidence}]
    return _checked(found)


def task(case: Case, setup: FhirSetup, request: str) -> Json:
    """The clinic's work on it. `request` is the reference of the communication request."""
    found = {
        "resourceType": TASK,
        **_common(case, setup),
        "status": _task_status(case),
        "businessStatus": _concept(STATE_SYSTEM, case.state.value, STATES[case.state.value]),
        "intent": "order",
        "code": _concept(*TASK_CODE),
        "description": f"{CATEGORIES[case.category]}: get in touch with the patient",
        "reasonCode": _category(case),
        "focus": {"reference": request},
        "for": _subject(case),
        "requester": {"display": _BY},
        "authoredOn": _time(case.opened_at),
        "lastModified": _time(max(case.updated_at, case.opened_at)),
        "restriction": {"period": {"end": _time(case.due_at)}},
    }
    return _checked(found)


def _common(case: Case, setup: FhirSetup) -> Json:
    found: Json = {
        "identifier": [
            {"system": URI_SYSTEM, "value": f"urn:uuid:{case.id}"},
            {"system": REFERENCE_SYSTEM, "value": case.reference},
        ],
        "priority": PRIORITIES[case.tier],
        "note": [{"text": f"{_note_head(case.reference)} {setup.desk_url}/desk/cases/{case.id}"}],
    }
    telecom = _telecom(case)
    if telecom:
        found["contained"] = [{"resourceType": "Patient", "id": PATIENT, "telecom": telecom}]
    if case.state is State.RESOLVED and case.resolution is not None:
        ended = case.resolution
        found["statusReason"] = _concept(RESOLUTION_SYSTEM, ended.value, RESOLUTIONS[ended])
    return found


def _telecom(case: Case) -> list[Json]:
    given = (("phone", case.contact_phone), ("email", case.contact_email))
    return [{"system": system, "value": value} for system, value in given if value]


def _subject(case: Case) -> Json:
    """The contained patient where the chat's patient left contact details; else words only."""
    return {"reference": f"#{PATIENT}", "display": _ANONYMOUS} if _telecom(case) else {"display": _ANONYMOUS}


def _request_status(case: Case) -> str:
    return "active" if case.state is not State.RESOLVED else REQUEST_ENDS[case.resolution or Resolution.OTHER]


def _task_status(case: Case) -> str:
    if case.state is not State.RESOLVED:
        return TASK_STATES[case.state]
    return TASK_ENDS[case.resolution or Resolution.OTHER]


def _category(case: Case) -> Json:
    return _concept(CATEGORY_SYSTEM, case.category, CATEGORIES[case.category])


def _concept(system: str, code: str, words: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def _note_head(reference: str) -> str:
    return f"Case {reference} at the care desk:"


def _time(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def _checked(resource: Json) -> Json:
    """As fhir.resources reads it, and with codes that FHIR has. Raises ValueError: a fault of ours."""
    # It takes most of a second to load: only processes that send need it.
    from fhir.resources.R4B import construct_fhir_element

    construct_fhir_element(resource["resourceType"], resource)
    check_codes(resource)
    return resource


def creation(case: Case, setup: FhirSetup) -> Json:
    """A transaction that makes both resources, unless they are there: then it makes none and names them."""
    places = {kind: f"urn:uuid:{uuid5(case.id, kind)}" for kind in TYPES}
    made = (communication_request(case, setup), task(case, setup, places[REQUEST]))
    return _transaction(
        {
            "fullUrl": places[resource["resourceType"]],
            "resource": resource,
            "request": {
                "method": "POST",
                "url": resource["resourceType"],
                "ifNoneExist": f"identifier={identifier_of(case.id)}",
            },
        }
        for resource in made
    )


def changes(
    found: Mapping[str, tuple[Json, str]], case: Case, setup: FhirSetup, base_url: str
) -> Json | None:
    """A transaction that brings both resources to the case as it stands; None when they are there already.

    `found` gives, by type, a resource as the record system has it and its version, empty where versions are not kept.
    Another's change in the meantime makes the transaction fail as a whole.
    """
    reference = f"{REQUEST}/{found[REQUEST][0]['id']}"
    wanted = (communication_request(case, setup), task(case, setup, reference))
    entries = []
    for ours in wanted:
        kind = ours["resourceType"]
        current, version = found[kind]
        merged = merge(current, ours)
        if merged == current:
            continue
        request = {"method": "PUT", "url": f"{kind}/{current['id']}"}
        if version:
            request["ifMatch"] = f'W/"{version}"'
        address = f"{base_url}/{kind}/{current['id']}"
        entries.append({"fullUrl": address, "resource": merged, "request": request})
    return _transaction(entries) if entries else None


def merge(current: Mapping[str, Any], ours: Mapping[str, Any]) -> Json:
    """`current` with what is ours as it stands now. Owners, notes, links to a real patient and the like stay."""
    kind = ours["resourceType"]
    merged = dict(current)
    for name in _OURS[kind]:
        merged.pop(name, None)
        if name in ours:
            merged[name] = ours[name]
    subject = _SUBJECT[kind]
    linked = str(current.get(subject, {}).get("reference", ""))
    contained = [item for item in current.get("contained", ()) if item.get("id") != PATIENT]
    if linked and not linked.startswith("#"):
        # Somebody knows who it is: that is worth more than what the chat knows.
        merged[subject] = current[subject]
    else:
        contained += ours.get("contained", ())
    merged["contained"] = contained
    known = [(item["system"], item["value"]) for item in ours["identifier"]]
    theirs = [
        item for item in current.get("identifier", ()) if (item.get("system"), item.get("value")) not in known
    ]
    merged["identifier"] = [*ours["identifier"], *theirs]
    head = _note_head(ours["identifier"][1]["value"])
    notes = [note for note in current.get("note", ()) if not str(note.get("text", "")).startswith(head)]
    merged["note"] = [*ours["note"], *notes]
    if not merged["contained"]:
        del merged["contained"]
    return merged


def _transaction(entries: Any) -> Json:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
