"""The SQL of the ladder. Each function runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cases.domain import WAITING, State
from bot.cases.models import case_events, cases
from bot.conversations.models import conversations
from bot.escalation.ladder_case import LadderCase
from bot.outbox.models import deliveries
from bot.outbox.values import Status

_COLUMNS = tuple(cases.c[field.name] for field in fields(LadderCase))


def _ladder_case(row: sa.engine.Row | None) -> LadderCase | None:
    if row is None:
        return None
    return LadderCase(**{**row._mapping, "state": State(row.state)})


def due(session: Session, now: datetime, limit: int) -> list[UUID]:
    """The cases whose time has come, the most urgent first, then the longest overdue."""
    query = (
        sa.select(cases.c.id)
        .where(cases.c.next_step_at <= now)
        .order_by(cases.c.tier, cases.c.next_step_at)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def lock_due(session: Session, case_id: UUID, now: datetime) -> LadderCase | None:
    """A case whose time has come, locked after its conversation, as whoever stores a patient's message locks them.

    None when its time has not come (any more), or when somebody else is at it in this moment.
    """
    owner = sa.select(cases.c.conversation_id).where(cases.c.id == case_id).scalar_subquery()
    conversation = sa.select(conversations.c.id).where(conversations.c.id == owner)
    if session.execute(conversation.with_for_update(skip_locked=True)).first() is None:
        return None
    query = (
        sa.select(*_COLUMNS)
        .where(cases.c.id == case_id, cases.c.next_step_at <= now)
        .with_for_update(skip_locked=True)
    )
    return _ladder_case(session.execute(query).one_or_none())


def by_id(session: Session, case_id: UUID, *, lock: bool = False) -> LadderCase | None:
    query = sa.select(*_COLUMNS).where(cases.c.id == case_id)
    return _ladder_case(session.execute(query.with_for_update() if lock else query).one_or_none())


def update(session: Session, case_id: UUID, values: Mapping[str, object]) -> None:
    session.execute(sa.update(cases).where(cases.c.id == case_id).values(**values))


def wake_sleepers(session: Session, now: datetime, beyond: datetime) -> int:
    """Have the unresolved cases looked at that nobody would look at until `beyond`; how many there are."""
    statement = (
        sa.update(cases)
        .where(
            cases.c.state != State.RESOLVED.value,
            sa.or_(cases.c.next_step_at.is_(None), cases.c.next_step_at > beyond),
        )
        .values(next_step_at=now)
        .returning(cases.c.id)
    )
    return len(session.execute(statement).all())


def last_event_at(session: Session, case_id: UUID, kind: str) -> datetime | None:
    query = sa.select(sa.func.max(case_events.c.at)).where(
        case_events.c.case_id == case_id, case_events.c.kind == kind
    )
    found: datetime | None = session.execute(query).scalar_one()
    return found


def has_event(session: Session, case_id: UUID, kind: str, details: Mapping[str, object]) -> bool:
    """Whether the trail has an event of this kind with these details."""
    query = sa.select(case_events.c.id).where(
        case_events.c.case_id == case_id,
        case_events.c.kind == kind,
        case_events.c.details.contains(dict(details)),
    )
    return session.execute(query.limit(1)).first() is not None


def pages_of_round(
    session: Session, case_id: UUID, kind: str, ladder_round: int
) -> list[tuple[str, int, Status]]:
    """(person, index of the address, status) of each page of a round."""
    query = sa.select(deliveries.c.payload, deliveries.c.status).where(
        deliveries.c.case_id == case_id,
        deliveries.c.kind == kind,
        deliveries.c.payload["round"].as_integer() == ladder_round,
    )
    return [
        (row.payload["person"], row.payload["address"], Status(row.status)) for row in session.execute(query)
    ]


def overdue_counts(session: Session, now: datetime) -> dict[tuple[int, str], int]:
    """How many cases nobody has acknowledged, by (tier, "in time" or "overdue")."""
    late: sa.sql.ColumnElement[sa.Text] = sa.case((cases.c.due_at < now, "overdue"), else_="in time")
    query = (
        sa.select(cases.c.tier, late.label("late"), sa.func.count().label("number"))
        .where(cases.c.state.in_([state.value for state in WAITING]))
        .group_by(cases.c.tier, late)
    )
    return {(row.tier, row.late): row.number for row in session.execute(query)}


def oldest_due_step(session: Session) -> datetime | None:
    """Since when the longest overdue look at a case is due."""
    found: datetime | None = session.execute(sa.select(sa.func.min(cases.c.next_step_at))).scalar_one()
    return found
