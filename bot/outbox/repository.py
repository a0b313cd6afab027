"""The SQL of the outbox. Each function runs in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.outbox.models import deliveries
from bot.outbox.patience import LEASE
from bot.outbox.send_queue import QUEUE, enqueue_sending
from bot.outbox.values import Delivery, Parcel, Status

_WAITING: Final = (Status.PENDING.value, Status.SENDING.value)
_STRANDED_AFTER: Final = timedelta(minutes=1)


def _delivery(row: Row) -> Delivery:
    values = dict(row._mapping)
    values["status"] = Status(values["status"])
    values["provider_ids"] = tuple(values["provider_ids"])
    return Delivery(**values)


def put(session: Session, parcel: Parcel, now: datetime) -> int | None:
    """Take a parcel in and have its stream sent; its number, or None when its key was there already."""
    statement = (
        pg.insert(deliveries)
        .values(
            key=parcel.key,
            stream=parcel.stream,
            channel=parcel.channel,
            kind=parcel.kind,
            recipient=parcel.recipient,
            conversation_id=parcel.conversation_id,
            message_id=parcel.message_id,
            case_id=parcel.case_id,
            payload=dict(parcel.payload),
            created_at=now,
            next_attempt_at=now,
        )
        .on_conflict_do_nothing()
        .returning(deliveries.c.id)
    )
    number: int | None = session.execute(statement).scalar_one_or_none()
    if number is not None:
        enqueue_sending(session, parcel.stream)
    return number


def head(session: Session, stream: str) -> Delivery | None:
    """The delivery of a stream whose turn it is, locked; None when all are finished."""
    query = (
        sa.select(*deliveries.c)
        .where(deliveries.c.stream == stream, deliveries.c.status.in_(_WAITING))
        .order_by(deliveries.c.id)
        .limit(1)
        .with_for_update()
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _delivery(row)


def followed(session: Session, delivery: Delivery) -> bool:
    """Whether a later one waits in the same stream."""
    query = sa.select(deliveries.c.id).where(
        deliveries.c.stream == delivery.stream,
        deliveries.c.id > delivery.id,
        deliveries.c.status.in_(_WAITING),
    )
    return session.execute(query.limit(1)).first() is not None


def by_id(session: Session, delivery_id: int) -> Delivery | None:
    row = session.execute(sa.select(*deliveries.c).where(deliveries.c.id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row)


def take(session: Session, delivery: Delivery, now: datetime) -> Delivery:
    """Lease a locked delivery to the caller and count the attempt."""
    statement = (
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(status=Status.SENDING.value, lease_until=now + LEASE, attempts=deliveries.c.attempts + 1)
        .returning(*deliveries.c)
    )
    return _delivery(session.execute(statement).one())


def _held(taken: Delivery) -> sa.sql.ColumnElement[sa.Boolean]:
    """Still leased to this very attempt."""
    return sa.and_(
        deliveries.c.id == taken.id,
        deliveries.c.status == Status.SENDING.value,
        deliveries.c.attempts == taken.attempts,
    )


def part_sent(session: Session, taken: Delivery, provider_id: str, now: datetime) -> bool:
    """Keep the provider's id of one more part and renew the lease; False when the lease went to another."""
    statement = (
        sa.update(deliveries)
        .where(_held(taken))
        .values(
            provider_ids=sa.func.array_append(deliveries.c.provider_ids, provider_id), lease_until=now + LEASE
        )
        .returning(deliveries.c.id)
    )
    return session.execute(statement).one_or_none() is not None


def postpone(session: Session, taken: Delivery, problem: str, at: datetime) -> bool:
    """Give the lease back and have the stream sent again at a time; False when the lease went to another."""
    statement = (
        sa.update(deliveries)
        .where(_held(taken))
        .values(status=Status.PENDING.value, lease_until=None, problem=problem, next_attempt_at=at)
        .returning(deliveries.c.id)
    )
    if session.execute(statement).one_or_none() is None:
        return False
    enqueue_sending(session, taken.stream, at)
    return True


def finish(session: Session, delivery: Delivery, status: Status, problem: str | None, now: datetime) -> bool:
    """End a delivery; False when it had ended or its lease went to another. Only a blocked one keeps its address."""
    values: dict[str, object] = {"status": status.value, "lease_until": None, "finished_at": now}
    if problem is not None:
        values["problem"] = problem
    if status is not Status.BLOCKED:
        values["recipient"] = None
    statement = (
        sa.update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.status.in_(_WAITING),
            deliveries.c.attempts == delivery.attempts,
        )
        .values(**values)
        .returning(deliveries.c.id)
    )
    return session.execute(statement).one_or_none() is not None


def block_stream(session: Session, stream: str, problem: str, now: datetime) -> int:
    """The recipient has shut us out: everything that waits in the stream is blocked; how much it was."""
    statement = (
        sa.update(deliveries)
        .where(deliveries.c.stream == stream, deliveries.c.status.in_(_WAITING))
        .values(status=Status.BLOCKED.value, lease_until=None, finished_at=now, problem=problem)
        .returning(deliveries.c.id)
    )
    return len(session.execute(statement).all())


def is_blocked(session: Session, stream: str) -> bool:
    """Whether the last that was put into a stream was shut out by its recipient."""
    query = (
        sa.select(deliveries.c.status)
        .where(deliveries.c.stream == stream)
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none() == Status.BLOCKED.value


def revive_stream(session: Session, stream: str, since: datetime, now: datetime) -> int:
    """The recipient is back: what was blocked and is younger than `since` is sent after all; how much it is."""
    statement = (
        sa.update(deliveries)
        .where(
            deliveries.c.stream == stream,
            deliveries.c.created_at > since,
            deliveries.c.status == Status.BLOCKED.value,
        )
        .values(status=Status.PENDING.value, finished_at=None, next_attempt_at=now)
        .returning(deliveries.c.id)
    )
    count = len(session.execute(statement).all())
    if count:
        enqueue_sending(session, stream)
    return count


def revive_before(session: Session, delivery: Delivery, since: datetime, now: datetime) -> int:
    """What stayed back from a patient before this delivery of theirs goes ahead of it; how much it is."""
    statement = (
        sa.update(deliveries)
        .where(
            deliveries.c.stream == delivery.stream,
            deliveries.c.id < delivery.id,
            deliveries.c.conversation_id.is_not(None),
            deliveries.c.created_at > since,
            deliveries.c.status == Status.BLOCKED.value,
        )
        .values(status=Status.PENDING.value, finished_at=None, next_attempt_at=now)
        .returning(deliveries.c.id)
    )
    return len(session.execute(statement).all())


def cancel_conversation(session: Session, conversation_id: UUID, now: datetime) -> None:
    """Nothing more of a deleted conversation is sent, and no address of its patient is kept."""
    session.execute(
        sa.update(deliveries)
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.status.in_(_WAITING))
        .values(status=Status.CANCELLED.value, lease_until=None, finished_at=now)
    )
    session.execute(
        sa.update(deliveries)
        .where(deliveries.c.conversation_id == conversation_id)
        .values(recipient=None, payload={})
    )


def enqueue_stranded(session: Session, now: datetime) -> int:
    """Put in a job for each stream that has been due for a minute and has none; how many there were."""
    waiting = sa.text("""
        SELECT DISTINCT delivery.stream FROM deliveries AS delivery
        WHERE delivery.status IN ('pending', 'sending')
          AND COALESCE(delivery.lease_until, delivery.next_attempt_at) < :before
          AND NOT EXISTS (
            SELECT FROM procrastinate_jobs AS job
            WHERE job.lock = :queue || ':' || delivery.stream AND job.status IN ('todo', 'doing')
          )
        LIMIT 500
    """)
    found = session.execute(waiting, {"before": now - _STRANDED_AFTER, "queue": QUEUE}).scalars().all()
    for stream in found:
        enqueue_sending(session, stream)
    return len(found)


def counts(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    """How many deliveries wait, or ended after `since`, by (channel, status)."""
    query = (
        sa.select(deliveries.c.channel, deliveries.c.status, sa.func.count())
        .where(sa.or_(deliveries.c.status.in_(_WAITING), deliveries.c.finished_at > since))
        .group_by(deliveries.c.channel, deliveries.c.status)
    )
    return {(channel, status): count for channel, status, count in session.execute(query)}


def oldest_waiting(session: Session) -> dict[str, datetime]:
    """By channel, since when the oldest unfinished delivery waits."""
    query = (
        sa.select(deliveries.c.channel, sa.func.min(deliveries.c.created_at).label("since"))
        .where(deliveries.c.status.in_(_WAITING))
        .group_by(deliveries.c.channel)
    )
    return {row.channel: row.since for row in session.execute(query)}


def channels_told(session: Session, kind: str, case_id: UUID) -> list[str]:
    """The channels for which deliveries of this kind about a case have been put in."""
    query = sa.select(deliveries.c.channel).where(deliveries.c.kind == kind, deliveries.c.case_id == case_id)
    return sorted(set(session.execute(query).scalars()))


def provider_ids_of(session: Session, channel: str, kind: str, case_id: UUID) -> list[str]:
    """The provider's ids of what has been sent about a case, in the order of sending."""
    query = (
        sa.select(deliveries.c.provider_ids)
        .where(deliveries.c.channel == channel, deliveries.c.kind == kind, deliveries.c.case_id == case_id)
        .order_by(deliveries.c.id)
    )
    return [provider_id for found in session.execute(query).scalars() for provider_id in found]


def of_case(session: Session, case_id: UUID) -> list[Delivery]:
    """What clinicians were to be told about a case, in the order in which it was put in."""
    query = sa.select(*deliveries.c).where(deliveries.c.case_id == case_id).order_by(deliveries.c.id)
    return [_delivery(row) for row in session.execute(query)]


def of_messages(session: Session, conversation_id: UUID) -> dict[UUID, Delivery]:
    """The latest delivery of each message of a conversation, by the message."""
    query = (
        sa.select(*deliveries.c)
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.message_id.is_not(None))
        .order_by(deliveries.c.id)
    )
    found = [_delivery(row) for row in session.execute(query)]
    return {delivery.message_id: delivery for delivery in found if delivery.message_id is not None}
