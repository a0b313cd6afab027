"""Conversations and messages as values, apart from how they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from bot.cases.domain import Told
from bot.understanding.reading import Context, Reading

Author = Literal["patient", "assistant", "clinician"]
Kind = Literal[
    "text", "button", "disclaimer", "urgent_help", "answer", "case_notice", "apology", "notice", "note"
]

# The notice after a clinician has held the conversation: what the assistant said before it is long past.
RETURNED: Final = "conversation_returned"


@dataclass(frozen=True)
class Conversation:
    """A patient's thread on one channel. `region` is a code such as `US`, `language` such as `en`.

    `external_id` is the patient's address on the channel; None on the widget, which fetches its messages, and once the
    conversation has been deleted.
    """

    id: UUID
    channel: str
    external_id: str | None
    region: str
    language: str
    token_expires_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True)
class Button:
    """A quick reply. `id` is what the patient's page knows; `payload` is what it means and never leaves the server."""

    id: str
    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One stored message. `text` is empty once the conversation has been deleted.

    `seq` counts from 1 without gaps. Assistant texts carry raw fact ids (`… [M15].`).
    `answered_at` is set on a patient's message when its turn is over.
    """

    id: UUID
    conversation_id: UUID
    seq: int
    author: Author
    kind: Kind
    text: str
    in_reply_to: UUID | None
    buttons: tuple[Button, ...]
    topics: tuple[str, ...]
    concern: str | None
    reading: Reading | None
    custom: Mapping[str, Any]
    created_at: datetime
    answered_at: datetime | None
    # The id that the patient's page gave the message.
    client_id: str | None = None


@dataclass(frozen=True)
class Draft:
    """An assistant message about to be stored. Button pairs are (title, payload); their ids are made on storing."""

    kind: Kind
    text: str
    buttons: Sequence[tuple[str, str]] = ()
    topics: tuple[str, ...] = ()
    concern: str | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """What a channel needs to go on with a new conversation; `token` exists nowhere else."""

    conversation_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Received:
    """A patient's message that is safely stored. `duplicate` when the same client_id had brought it before."""

    message_id: UUID
    seq: int
    duplicate: bool


@dataclass(frozen=True)
class Event:
    """What a provider sent us, by its own id: unique on the channel, 1 to 200 characters, no patient's words.

    `place` is where in the chat it stood, such as a thread, in the channel's own terms: the answer belongs there.
    """

    channel: str
    id: str
    place: str = ""


@dataclass(frozen=True)
class Snapshot:
    """A conversation as a page follows it: new messages, whether an answer is on its way, and what the clinic has.

    `exists` is False once the conversation has been deleted.
    """

    messages: Sequence[Message]
    waiting: bool
    told: Told | None
    exists: bool = True


@dataclass(frozen=True)
class Erased:
    """What deleting a conversation did: how many messages were emptied, and the cases that stay with the clinic."""

    messages: int
    kept_cases: tuple[str, ...]


class MessageReader(Protocol):
    """The part of bot.understanding.Reader that is used here."""

    def read(self, text: str, context: Context = ...) -> Reading: ...

    def read_payload(self, payload: str, title: str, context: Context = ...) -> Reading: ...


class OpeningWords(Protocol):
    """What is said without Rasa, for a region's code such as `US` and a language's such as `es`. Never raises."""

    def disclaimer(self, region: str) -> str:
        """What a conversation opens with."""
        ...

    def urgent_help(self, category: str, tier: int, region: str, language: str | None = None) -> str:
        """What to do now and whom to call, in `language` before English; empty when there is nothing urgent to say."""
        ...
