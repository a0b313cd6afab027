"""What an entry of the audit trail is, and how it is sealed. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

GENESIS: Final = bytes(32)
"""What the first entry follows."""

ACCOUNT: Final = "account"
LONGEST_ACTOR: Final = 320
LONGEST_CODE: Final = 200
_ACTION: Final = re.compile(r"[a-z][a-z_]{0,63}")
_KIND: Final = re.compile(r"[a-z][a-z_]{0,31}")


@dataclass(frozen=True)
class Entry:
    """Who did what to what.

    `actor` is a mail address, or the part of the assistant that acted. `action` and `subject_kind` are codes such as
    `case_viewed` and `case`; `subject` is its id or reference. `details` holds codes and numbers, never what a patient
    or a clinician wrote.
    """

    actor: str
    action: str
    subject_kind: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredEntry:
    """An entry as it stands in the trail, numbered from 1. `previous` and `seal` are 32 bytes each."""

    number: int
    at: datetime
    entry: Entry
    previous: bytes
    seal: bytes

    def content_fits(self) -> bool:
        """Whether the seal is the one that this content has."""
        return self.seal == seal(self.number, self.entry, self.at, self.previous)


def check(entry: Entry) -> None:
    """Refuse what does not belong into the trail: above all sentences, which somebody may have written.

    Raises ValueError. The text names the part, not what stands in it.
    """
    if not _is_actor(entry.actor):
        raise ValueError("audit: the actor is empty, too long or not printable")
    if not _ACTION.fullmatch(entry.action) or not _KIND.fullmatch(entry.subject_kind):
        raise ValueError("audit: action and kind of subject are codes such as case_viewed and case")
    # An account is called what it is called as an actor, also `clinic sign-in`.
    if not (_is_code(entry.subject) or (entry.subject_kind == ACCOUNT and _is_actor(entry.subject))):
        raise ValueError("audit: the subject is not an id or a reference")
    _check_details(entry.details)


def _is_actor(value: str) -> bool:
    return bool(value) and value.isprintable() and len(value) <= LONGEST_ACTOR


def _is_code(value: str) -> bool:
    return value.isprintable() and " " not in value and len(value) <= LONGEST_CODE


def _check_details(value: object) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _check_details(name)
            _check_details(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_details(inner)
    elif isinstance(value, str):
        if not _is_code(value):
            raise ValueError("audit: details hold codes and numbers, no sentences")
    # A fraction may come back from the database in other digits than it was sealed with.
    elif not (value is None or isinstance(value, int)):
        raise ValueError("audit: details hold codes, whole numbers, true and false")


def seal(number: int, entry: Entry, at: datetime, previous: bytes) -> bytes:
    """SHA-256 over the entry's number, content and time and over the seal of the entry before it; 32 bytes."""
    content = [
        number,
        entry.actor,
        entry.action,
        entry.subject_kind,
        entry.subject,
        dict(entry.details),
        at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
        previous.hex(),
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).digest()
