"""Each week some messages that raised no flag are read by a person: what was missed shows up nowhere else.

Which ones is decided by a hash of week and message id: by nothing that the assistant thought of them, and the same each
time it is asked. What was written to a clinician who held the conversation has been read and is not picked. A sample is
a redacted copy and goes when its conversation is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.cases import service
from bot.cases.domain import Opened, Trigger
from bot.cases.models import case_events, cases
from bot.conversations.models import conversations, messages, review_samples
from bot.conversations.redaction import redact
from bot.insight.labels import reading_labels
from bot.safety.categories import Category
from bot.understanding.concerns import DEFAULT_TIER

LOOKED_BACK: Final = 4
"""Weeks that are still filled up when the worker was not running."""
REVIEW: Final = "weekly review"
REASON: Final = "A reviewer of the weekly sample read a concern that the assistant had not seen"
LONGEST_LIST: Final = 1_000


@dataclass(frozen=True)
class Sample:
    """`text` is redacted. `read_as`: the labels that the assistant gave; `labels`, `concern`: the reviewer's.

    `case` is the reference of the case that holds this message, once there is one.
    """

    message_id: UUID
    week: date
    text: str
    labels: tuple[str, ...]
    concern: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    read_as: tuple[str, ...]
    channel: str
    case: str | None

    @property
    def needs_case(self) -> bool:
        return self.concern is not None and self.case is None


class SampleGone(Exception):
    """The patient has had the conversation deleted, or there never was such a sample."""


class NoConcern(Exception):
    """A case is opened only for what a reviewer has called a concern."""


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def pick(session: Session, size: int, now: datetime) -> int:
    """Fill up the samples of the last complete weeks to `size`; how many messages were added. Safe to repeat."""
    this_week = week_of(now.astimezone(timezone.utc).date())
    weeks = [this_week - timedelta(weeks=number) for number in range(LOOKED_BACK, 0, -1)]
    return sum(_pick_week(session, week, size) for week in weeks)


def _pick_week(session: Session, week: date, size: int) -> int:
    start = datetime(week.year, week.month, week.day, tzinfo=timezone.utc)
    there = sa.select(sa.func.count()).select_from(review_samples).where(review_samples.c.week == week)
    wanted = size - int(session.execute(there).scalar_one())
    if wanted <= 0:
        return 0
    # Locked against deletion until the copy is committed; one that is just being deleted is not taken.
    query = (
        sa.select(messages.c.id, messages.c.text)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(
            conversations.c.deleted_at.is_(None),
            messages.c.author == "patient",
            messages.c.kind == "text",
            messages.c.text.is_not(None),
            messages.c.concern.is_(None),
            messages.c.reading["clarify"].as_string().is_(None),
            messages.c.custom["held"].is_(None),
            messages.c.created_at >= start,
            messages.c.created_at < start + timedelta(weeks=1),
            messages.c.id.not_in(sa.select(review_samples.c.message_id)),
        )
        .order_by(sa.func.md5(week.isoformat() + sa.cast(messages.c.id, sa.Text)), messages.c.id)
        .limit(wanted)
        .with_for_update(read=True, of=conversations)
    )
    added = 0
    for row in session.execute(query).all():
        statement = (
            pg.insert(review_samples)
            .values(message_id=row.id, week=week, text=redact(row.text))
            .on_conflict_do_nothing()
            .returning(review_samples.c.message_id)
        )
        added += session.execute(statement).one_or_none() is not None
    return added


_CASE: Final = (
    sa.select(sa.func.min(cases.c.reference))
    .select_from(case_events.join(cases, cases.c.id == case_events.c.case_id))
    .where(case_events.c.message_id == review_samples.c.message_id)
    .scalar_subquery()
)
_QUERY: Final = (
    sa.select(*review_samples.c, messages.c.reading, conversations.c.channel, _CASE.label("case"))
    .join(messages, messages.c.id == review_samples.c.message_id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
)


def _sample(row: Row) -> Sample:
    values = dict(row._mapping)
    values["labels"] = tuple(values["labels"])
    values["read_as"] = reading_labels(values.pop("reading") or {})
    return Sample(**values)


def listed(session: Session) -> list[Sample]:
    """Every sample, the newest week first, within a week always in the same mixed order."""
    query = _QUERY.order_by(review_samples.c.week.desc(), review_samples.c.message_id).limit(LONGEST_LIST)
    return [_sample(row) for row in session.execute(query)]


def by_id(session: Session, message_id: UUID) -> Sample:
    """Raises SampleGone."""
    row = session.execute(_QUERY.where(review_samples.c.message_id == message_id)).one_or_none()
    if row is None:
        raise SampleGone
    return _sample(row)


def reviewed(session: Session) -> list[Sample]:
    """What has been labelled, oldest first."""
    query = _QUERY.where(review_samples.c.reviewed_at.is_not(None)).order_by(
        review_samples.c.reviewed_at, review_samples.c.message_id
    )
    return [_sample(row) for row in session.execute(query)]


def next_unread(session: Session) -> UUID | None:
    """A sample that nobody has read yet, of the newest week that has one."""
    query = (
        sa.select(review_samples.c.message_id)
        .where(review_samples.c.reviewed_at.is_(None))
        .order_by(review_samples.c.week.desc(), review_samples.c.message_id)
        .limit(1)
    )
    found: UUID | None = session.execute(query).scalar_one_or_none()
    return found


def label(
    session: Session,
    message_id: UUID,
    labels: Sequence[str],
    concern: str | None,
    reviewer: str,
    now: datetime,
) -> None:
    """Keep what should have been found; the last reviewer's word counts. Raises SampleGone."""
    statement = (
        sa.update(review_samples)
        .where(review_samples.c.message_id == message_id)
        .values(labels=list(labels), concern=concern, reviewed_by=reviewer, reviewed_at=now)
        .returning(review_samples.c.message_id)
    )
    if session.execute(statement).one_or_none() is None:
        raise SampleGone


def open_case(
    session: Session, message_id: UUID, actor: str, now: datetime, alert: Sequence[str] = ()
) -> Opened:
    """A case for a concern that a reviewer found, in the category's usual tier. Twice changes nothing.

    Raises SampleGone, NoConcern.
    """
    query = (
        sa.select(
            review_samples.c.concern,
            messages.c.conversation_id,
            messages.c.text,
            conversations.c.channel,
            conversations.c.deleted_at,
        )
        .join(messages, messages.c.id == review_samples.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(review_samples.c.message_id == message_id)
        .with_for_update(read=True, of=conversations)
    )
    row = session.execute(query).one_or_none()
    if row is None or row.deleted_at is not None:
        raise SampleGone
    if row.concern is None:
        raise NoConcern
    category = Category(row.concern)
    trigger = Trigger(
        conversation_id=row.conversation_id,
        message_id=message_id,
        channel=row.channel,
        category=category.value,
        tier=DEFAULT_TIER[category],
        evidence=row.text,
        start=0,
        end=len(row.text),
        reason=REASON,
        detector_version=REVIEW,
        actor=actor,
    )
    return service.open_case(session, trigger, now, alert=alert)
