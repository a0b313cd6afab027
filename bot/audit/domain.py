"""What an entry of the audit trail is, and how it is sealed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

GENESIS: Final = bytes(32)
"""What the first entry follows."""


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
