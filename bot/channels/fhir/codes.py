"""Codes: FHIR's own, which the record system refuses when they are wrong, and ours. Pure.

fhir.resources checks shapes and types, not codes: what is required is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from bot.cases.domain import Resolution, State

# Ours have no web address that anybody would keep for ever, and no registered number: a random UUID as URN is unique
# without either. They are part of what clinics store: they never change.
CATEGORY_SYSTEM: Final = "urn:uuid:9838a250-f8ab-46c4-bb12-04c1d9851150"
STATE_SYSTEM: Final = "urn:uuid:2b5400ac-e4f2-4c69-9a9a-1b6656855d5d"
RESOLUTION_SYSTEM: Final = "urn:uuid:11a20910-5e0b-41d0-abe0-f1e489e564b7"
REFERENCE_SYSTEM: Final = "urn:uuid:e12afbdb-f64e-481f-a81f-d9e987b48a83"
"""The system of case references such as K7F-3QX."""
URI_SYSTEM: Final = "urn:ietf:rfc:3986"
"""FHIR's system of identifiers that are URIs, here `urn:uuid:` and the case's id."""
TASK_CODE: Final = ("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request")
ALERT: Final = ("http://terminology.hl7.org/CodeSystem/communication-category", "alert", "Alert")

PRIORITIES: Final[Mapping[int, str]] = MappingProxyType({1: "stat", 2: "urgent", 3: "routine"})

# FHIR's `received` says that somebody has claimed the task. A page that went out is not that: a case is `requested`
# until a person has acknowledged it.
TASK_STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.OPEN: "requested",
        State.NOTIFIED: "requested",
        State.DELIVERY_FAILED: "requested",
        State.REOPENED: "requested",
        State.ACKNOWLEDGED: "accepted",
        State.IN_PROGRESS: "in-progress",
        State.RESOLVED: "completed",
    }
)
# How a resolved case ended: the task, and the request to get in touch with the patient.
TASK_ENDS: Final[Mapping[Resolution, str]] = MappingProxyType(
    {
        Resolution.CONTACTED: "completed",
        Resolution.REFERRED: "completed",
        Resolution.OTHER: "completed",
        Resolution.COULD_NOT_REACH: "failed",
        Resolution.FALSE_POSITIVE: "cancelled",
        Resolution.DUPLICATE: "cancelled",
    }
)
REQUEST_ENDS: Final[Mapping[Resolution, str]] = MappingProxyType(
    {
        Resolution.CONTACTED: "completed",
        Resolution.REFERRED: "completed",
        Resolution.OTHER: "completed",
        Resolution.COULD_NOT_REACH: "revoked",
        Resolution.FALSE_POSITIVE: "revoked",
        Resolution.DUPLICATE: "revoked",
    }
)

_PRIORITY: Final = frozenset("routine urgent asap stat".split())
REQUIRED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Task.status": frozenset(
            "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
            " entered-in-error".split()
        ),
        "Task.intent": frozenset(
            "unknown proposal plan order original-order reflex-order filler-order instance-order option".split()
        ),
        "Task.priority": _PRIORITY,
        "CommunicationRequest.status": frozenset(
            "draft active on-hold revoked completed entered-in-error unknown".split()
        ),
        "CommunicationRequest.priority": _PRIORITY,
        "Patient.telecom.system": frozenset("phone fax email pager url sms other".split()),
        "Patient.telecom.use": frozenset("home work temp old mobile".split()),
    }
)

# The codes of OperationOutcome: the only thing that is kept of a refusal.
ISSUES: Final = frozenset(
    "invalid structure required value invariant security login unknown expired forbidden suppressed processing"
    " not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly"
    " business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational".split()
)


class WrongCode(ValueError):
    """A code that FHIR does not have at this place; the text names the place and the code, which is ours."""


def check_codes(resource: Mapping[str, Any]) -> None:
    """Refuse a resource in which a required code is missing or unknown. Raises WrongCode."""
    kind = str(resource["resourceType"])
    for path, known in REQUIRED.items():
        at, *names = path.split(".")
        if at != kind:
            continue
        for value in _values(resource, names):
            if value not in known:
                raise WrongCode(f"{path}: {value!r} is none of FHIR's")
    if kind in ("Task", "CommunicationRequest") and "status" not in resource:
        raise WrongCode(f"{kind}.status is missing")
    if kind == "Task" and "intent" not in resource:
        raise WrongCode("Task.intent is missing")
    for inner in resource.get("contained", ()):
        check_codes(inner)


def _values(value: Any, names: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, names)
    elif not names:
        yield value
    elif names[0] in value:
        yield from _values(value[names[0]], names[1:])
