"""Deliveries as values, apart from how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

MESSAGE: Final = "message"


class Status(str, Enum):
    """Where a delivery stands. `BLOCKED`: the recipient has shut us out; it goes on if they come back soon."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    BLOCKED = "blocked"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Parcel:
    """Something about to be delivered.

    `key` says what it is, once and for all: a second parcel with the same key is not taken. Parcels of one `stream` are
    sent in the order in which they were put in. `channel` names the sender. `recipient` is the channel's own address.
    `message_id` (with its `conversation_id`) has the stored message's text sent; otherwise `payload` holds what the
    sender needs, which must be free of what patients wrote. `case_id` has failures written on that case.
    """

    key: str
    stream: str
    channel: str
    kind: str
    recipient: str | None = None
    conversation_id: UUID | None = None
    message_id: UUID | None = None
    case_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One stored delivery. `provider_ids`: one for each part that has been sent, in order.

    `attempts` counts the try that is under way; it also tells a sender's lease from a later one's.
    `problem` names the latest failure in words fit for a log. `recipient` is empty once nothing more will be tried.
    """

    id: int
    key: str
    stream: str
    channel: str
    kind: str
    recipient: str | None
    conversation_id: UUID | None
    message_id: UUID | None
    case_id: UUID | None
    payload: Mapping[str, Any]
    status: Status
    attempts: int
    provider_ids: tuple[str, ...]
    problem: str | None
    created_at: datetime
    next_attempt_at: datetime
    lease_until: datetime | None
    finished_at: datetime | None


def stream_of(conversation_id: UUID) -> str:
    """The stream of everything that goes to one conversation's patient."""
    return f"conversation:{conversation_id}"
