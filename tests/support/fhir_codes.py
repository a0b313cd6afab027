"""FHIR R4B's required value sets at the places that a case's resources use, and its own rules that shapes do not show.

Written down apart from bot/channels/fhir/codes.py, from the specification, so that a slip there is seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

REQUEST_STATUS = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
REQUEST_PRIORITY = {"routine", "urgent", "asap", "stat"}
TASK_STATUS = {
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
}
TASK_INTENT = {
    "unknown",
    "proposal",
    "plan",
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
    "option",
}
CONTACT_SYSTEM = {"phone", "fax", "email", "pager", "url", "sms", "other"}

BOUND = {
    ("Task", "status"): TASK_STATUS,
    ("Task", "intent"): TASK_INTENT,
    ("Task", "priority"): REQUEST_PRIORITY,
    ("CommunicationRequest", "status"): REQUEST_STATUS,
    ("CommunicationRequest", "priority"): REQUEST_PRIORITY,
}
NEEDED = {"Task": ("status", "intent"), "CommunicationRequest": ("status",)}
# The standard systems that we use; a code of another system may be anything.
SYSTEMS = {
    "http://hl7.org/fhir/CodeSystem/task-code": {
        "approve",
        "fulfill",
        "abort",
        "replace",
        "change",
        "suspend",
        "resume",
    },
    "http://terminology.hl7.org/CodeSystem/communication-category": {
        "alert",
        "notification",
        "reminder",
        "instruction",
    },
}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TIMES = {"authoredOn", "lastModified", "start", "end"}


def problems_of(resource: Mapping[str, Any]) -> list[str]:
    """What R4B would refuse about a Task or CommunicationRequest that has the right shape."""
    kind = resource["resourceType"]
    found = [f"{kind}.{name} is missing" for name in NEEDED[kind] if name not in resource]
    for (of, name), known in BOUND.items():
        if of == kind and name in resource and resource[name] not in known:
            found.append(f"{kind}.{name}: {resource[name]!r}")
    contained = resource.get("contained", [])
    for item in contained:
        found += [
            f"telecom.system: {telecom.get('system')!r}"
            for telecom in item.get("telecom", [])
            if telecom.get("system") not in CONTACT_SYSTEM
        ]
        # cpt-2: a telecom with a value has a system; dom-3: what is contained is referred to.
        if f"#{item['id']}" not in set(_strings(resource, "reference")):
            found.append("dom-3: contained and referred to by nobody")
    for reference in _strings(resource, "reference"):
        if reference.startswith("#") and reference[1:] not in {item["id"] for item in contained}:
            found.append(f"ref-1: {reference} is not contained")
    for coding in _codings(resource):
        known = SYSTEMS.get(coding.get("system", ""))
        if known is not None and coding.get("code") not in known:
            found.append(f"{coding['system']}: {coding.get('code')!r}")
        if ":" not in coding.get("system", ""):
            found.append("a coding's system is no absolute URI")
    for name, value in _pairs(resource):
        if name in _TIMES and not _DATE_TIME.fullmatch(str(value)):
            found.append(f"{name}: {value!r} is no instant")
        if name == "period" or name == "occurrencePeriod":
            start, end = value.get("start"), value.get("end")
            if start and end and datetime.fromisoformat(start) > datetime.fromisoformat(end):
                found.append("per-1: it ends before it starts")
    if kind == "Task" and datetime.fromisoformat(resource["lastModified"]) < datetime.fromisoformat(
        resource["authoredOn"]
    ):
        found.append("inv-1: modified before it was authored")
    return found


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, inner
            yield from _pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner)


def _strings(value: Any, wanted: str) -> Iterator[str]:
    return (str(inner) for name, inner in _pairs(value) if name == wanted)


def _codings(value: Any) -> Iterator[Mapping[str, Any]]:
    for name, inner in _pairs(value):
        if name == "coding":
            yield from inner
