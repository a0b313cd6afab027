"""The SQL of conversations. Each function runs in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.conversations.models import (
    conversations,
    inbound_events,
    messages,
    ratings,
    review_samples,
    unanswered_questions,
)
from bot.conversations.rating import RATED
from bot.conversations.values import Author, Button, Conversation, Draft, Event, Kind, Message
from bot.database import TRACKER_SCHEMA
from bot.outbox import repository as outbox
from bot.outbox.values import MESSAGE, Parcel, stream_of
from bot.understanding.reading import Reading

# An opaque id says nothing about what its button does.
BUTTON_ID_BYTES: Final = 9

_CONVERSATION = (
    conversations.c.id,
    conversations.c.channel,
    conversations.c.external_id,
    conversations.c.region,
    conversations.c.language,
    conversations.c.token_expires_at,
    conversations.c.deleted_at,
)
_MESSAGE = list(messages.c)


def _message(row: Row) -> Message:
    values = dict(row._mapping)
    values["text"] = values["text"] or ""
    values["buttons"] = tuple(Button(**button) for button in values["buttons"])
    values["topics"] = tuple(values["topics"])
    values["reading"] = _reading(values["reading"])
    values["custom"] = values["custom"] or {}
    return Message(**values)


def _reading(stored: dict[str, Any] | None) -> Reading | None:
    """None also for a reading that an older version stored in another shape: the conversation must go on."""
    if stored is None:
        return None
    try:
        return Reading.from_dict(stored)
    except (TypeError, KeyError, ValueError):
        return None


def add_conversation(
    session: Session,
    *,
    channel: str,
    region: str,
    language: str,
    token_hash: bytes,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    conversation_id = uuid4()
    session.execute(
        sa.insert(conversations).values(
            id=conversation_id,
            channel=channel,
            region=region,
            language=language,
            token_hash=token_hash,
            token_expires_at=expires_at,
            created_at=now,
        )
    )
    return conversation_id


def conversation_of_token(session: Session, token_hash: bytes, now: datetime) -> Conversation | None:
    query = sa.select(*_CONVERSATION).where(
        conversations.c.token_hash == token_hash, conversations.c.token_expires_at > now
    )
    row = session.execute(query).one_or_none()
    return None if row is None else Conversation(**row._mapping)


def conversation(session: Session, conversation_id: UUID, *, lock: bool = False) -> Conversation | None:
    query = sa.select(*_CONVERSATION).where(conversations.c.id == conversation_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Conversation(**row._mapping)


def conversation_of_address(session: Session, channel: str, external_id: str) -> Conversation | None:
    """The channel's living conversation with this address, locked."""
    query = sa.select(*_CONVERSATION).where(
        conversations.c.channel == channel,
        conversations.c.external_id == external_id,
        conversations.c.deleted_at.is_(None),
    )
    row = session.execute(query.with_for_update()).one_or_none()
    return None if row is None else Conversation(**row._mapping)


def add_unless_there(
    session: Session, *, channel: str, external_id: str, region: str, language: str, now: datetime
) -> bool:
    """A new conversation for an address; False when it has one. Two at once: the second waits for the first."""
    statement = (
        pg.insert(conversations)
        .values(
            id=uuid4(),
            channel=channel,
            external_id=external_id,
            region=region,
            language=language,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(conversations.c.id)
    )
    return session.execute(statement).one_or_none() is not None


def seen(session: Session, event: Event) -> bool:
    """Whether a provider's event has been taken in before."""
    query = sa.select(inbound_events.c.at).where(
        inbound_events.c.channel == event.channel, inbound_events.c.event_id == event.id
    )
    return session.execute(query).one_or_none() is not None


def take_in(session: Session, event: Event, now: datetime) -> bool:
    """Remember a provider's event; False when it is there already. A second one waits until the first commits."""
    statement = (
        pg.insert(inbound_events)
        .values(channel=event.channel, event_id=event.id, at=now)
        .on_conflict_do_nothing()
        .returning(inbound_events.c.at)
    )
    return session.execute(statement).one_or_none() is not None


def forget_events(session: Session, before: datetime) -> int:
    """Drop events that no provider repeats any more; how many."""
    found = session.execute(
        sa.delete(inbound_events).where(inbound_events.c.at < before).returning(inbound_events.c.event_id)
    )
    return len(found.all())


def message_of_client_id(session: Session, conversation_id: UUID, client_id: str) -> Message | None:
    query = sa.select(*_MESSAGE).where(
        messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _message(row)


def message(session: Session, message_id: UUID, *, lock: bool = False) -> Message | None:
    query = sa.select(*_MESSAGE).where(messages.c.id == message_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _message(row)


def latest(session: Session, conversation_id: UUID, count: int) -> list[Message]:
    """The latest messages, oldest first."""
    query = (
        sa.select(*_MESSAGE)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.seq.desc())
        .limit(count)
    )
    return [_message(row) for row in reversed(session.execute(query).all())]


def after(session: Session, conversation_id: UUID, seq: int, limit: int) -> list[Message]:
    """The messages that follow number `seq`, oldest first."""
    query = (
        sa.select(*_MESSAGE)
        .where(messages.c.conversation_id == conversation_id, messages.c.seq > seq)
        .order_by(messages.c.seq)
        .limit(limit)
    )
    return [_message(row) for row in session.execute(query)]


def patient_messages_after(session: Session, conversation_id: UUID, seq: int) -> int:
    """How many messages of the patient follow number `seq`."""
    query = sa.select(sa.func.count()).where(
        messages.c.conversation_id == conversation_id, messages.c.author == "patient", messages.c.seq > seq
    )
    count: int = session.execute(query).scalar_one()
    return count


def button(session: Session, conversation_id: UUID, button_id: str) -> Button | None:
    query = sa.select(messages.c.buttons).where(
        messages.c.conversation_id == conversation_id,
        messages.c.buttons.contains([{"id": button_id}]),
    )
    for buttons in session.execute(query).scalars():
        for found in buttons:
            if found["id"] == button_id:
                return Button(**found)
    return None


def turn_waiting(session: Session, conversation_id: UUID, since: datetime) -> bool:
    """Whether a patient's message from after `since` still has no answer."""
    query = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.author == "patient",
        messages.c.answered_at.is_(None),
        messages.c.created_at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def add_patient_message(
    session: Session,
    *,
    conversation_id: UUID,
    kind: Kind,
    text: str,
    client_id: str | None,
    reading: Reading,
    custom: dict[str, object],
    now: datetime,
    answered: bool = False,
) -> tuple[UUID, int]:
    """The new message's id and number. `answered`: no turn is to answer it."""
    statement = (
        pg.insert(messages)
        .values(
            id=uuid4(),
            conversation_id=conversation_id,
            author="patient",
            kind=kind,
            text=text,
            client_id=client_id,
            topics=list(reading.topics),
            concern=reading.concerns[0].category.value if reading.concerns else None,
            reading=reading.to_dict(),
            custom=custom,
            created_at=now,
            answered_at=now if answered else None,
        )
        .returning(messages.c.id, messages.c.seq)
    )
    row = session.execute(statement).one()
    return row.id, row.seq


def add_message_to_patient(
    session: Session,
    conversation: Conversation,
    draft: Draft,
    in_reply_to: UUID | None,
    now: datetime,
    *,
    author: Author = "assistant",
) -> UUID:
    """Store what the patient is told and, where the channel does not fetch it, its delivery."""
    message_id = uuid4()
    session.execute(
        sa.insert(messages).values(
            id=message_id,
            conversation_id=conversation.id,
            author=author,
            kind=draft.kind,
            text=draft.text,
            in_reply_to=in_reply_to,
            buttons=[
                {"id": secrets.token_urlsafe(BUTTON_ID_BYTES), "title": title, "payload": payload}
                for title, payload in draft.buttons
            ],
            topics=list(draft.topics),
            concern=draft.concern,
            custom=dict(draft.custom) or None,
            created_at=now,
        )
    )
    if conversation.external_id is not None:
        parcel = Parcel(
            key=f"{MESSAGE}:{message_id}",
            stream=stream_of(conversation.id),
            channel=conversation.channel,
            kind=MESSAGE,
            recipient=conversation.external_id,
            conversation_id=conversation.id,
            message_id=message_id,
        )
        outbox.put(session, parcel, now)
    return message_id


def notice_since(session: Session, conversation_id: UUID, name: str, since: datetime) -> bool:
    """Whether the conversation shows a notice of this name from after `since`."""
    query = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.kind == "notice",
        messages.c.custom["notice"].as_string() == name,
        messages.c.created_at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def add_clinician_message(
    session: Session,
    conversation_id: UUID,
    text: str,
    role: str,
    now: datetime,
    *,
    place: Mapping[str, str] = MappingProxyType({}),
) -> UUID:
    """A clinician's words to the patient. `role` is how the patient reads who wrote, such as "Dr Lee".

    `place` is where in the chat they belong, as the message that they answer has it.
    """
    found = conversation(session, conversation_id)
    assert found is not None, "conversations are emptied, never removed"
    draft = Draft("note", text, custom={**({"role": role} if role else {}), **place})
    return add_message_to_patient(session, found, draft, None, now, author="clinician")


def clinician_wrote(session: Session, conversation_id: UUID, since: datetime) -> bool:
    """Whether a clinician has written to the patient since then."""
    query = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.author == "clinician",
        messages.c.created_at >= since,
    )
    return session.execute(query.limit(1)).first() is not None


def clinician_spoke_last(session: Session, conversation_id: UUID) -> bool:
    """Whether the patient has written nothing since a clinician's last message."""
    query = (
        sa.select(messages.c.author)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author != "assistant",
            messages.c.custom[RATED].is_(None),
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none() == "clinician"


def mark_answered(session: Session, message_id: UUID, now: datetime) -> None:
    session.execute(sa.update(messages).where(messages.c.id == message_id).values(answered_at=now))


def urgent_help_since(
    session: Session, conversation_id: UUID, category: str, tier: int, since: datetime
) -> bool:
    """Whether the conversation shows urgent help for this category and tier from after `since`."""
    query = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.kind == "urgent_help",
        messages.c.concern == category,
        messages.c.custom["tier"].as_integer() == tier,
        messages.c.created_at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def add_unanswered(session: Session, message_id: UUID, text: str, channel: str, now: datetime) -> None:
    session.execute(
        sa.insert(unanswered_questions).values(message_id=message_id, text=text, channel=channel, at=now)
    )


def message_of_button(session: Session, conversation_id: UUID, button_id: str) -> UUID | None:
    """The message below which a button of this conversation stands."""
    query = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.buttons.contains([{"id": button_id}]),
    )
    found: UUID | None = session.execute(query.limit(1)).scalar_one_or_none()
    return found


def rate(session: Session, message_id: UUID, helpful: bool, now: datetime) -> bool:
    """Keep what a patient thinks of an answer; the last word counts. False when that is what they had said before."""
    statement = (
        pg.insert(ratings)
        .values(message_id=message_id, helpful=helpful, at=now)
        .on_conflict_do_update(
            index_elements=[ratings.c.message_id],
            set_={"helpful": helpful, "at": now},
            where=ratings.c.helpful != helpful,
        )
        .returning(ratings.c.message_id)
    )
    return session.execute(statement).one_or_none() is not None


def erase(session: Session, conversation_id: UUID, now: datetime) -> int:
    """Empty every message, drop what was drawn from them, and revoke the token; the number of messages."""
    ids = sa.select(messages.c.id).where(messages.c.conversation_id == conversation_id)
    for drawn in (unanswered_questions, ratings, review_samples):
        session.execute(sa.delete(drawn).where(drawn.c.message_id.in_(ids)))
    emptied = session.execute(
        sa.update(messages)
        .where(messages.c.conversation_id == conversation_id)
        .values(
            text=None,
            reading=None,
            custom=None,
            concern=None,
            client_id=None,
            buttons=[],
            topics=[],
            answered_at=_answered(now),
        )
        .returning(messages.c.id)
    ).all()
    session.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(deleted_at=now, token_hash=None, token_expires_at=None, external_id=None)
    )
    return len(emptied)


def _answered(now: datetime) -> object:
    """Nothing waits for an answer any more."""
    return sa.case(
        (messages.c.author == "patient", sa.func.coalesce(messages.c.answered_at, now)), else_=None
    )


def erase_tracker(session: Session, conversation_id: UUID) -> None:
    """Delete Rasa's own record of the conversation, where Rasa has made its table."""
    table = f"{TRACKER_SCHEMA}.events"
    if session.execute(sa.text("SELECT to_regclass(:table)"), {"table": table}).scalar_one() is not None:
        session.execute(
            sa.text(f"DELETE FROM {table} WHERE sender_id = :sender"), {"sender": str(conversation_id)}
        )
