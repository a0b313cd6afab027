"""The SQL of cases. Each function runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.cases.domain import Case, Event, Resolution, State, Told, Trigger
from bot.cases.models import case_events, cases
from bot.cases.references import new_reference

_CASE = tuple(cases.c[field.name] for field in fields(Case))


def case_of_row(row: Row) -> Case:
    """A case from a row that holds its columns."""
    values = {field.name: row._mapping[field.name] for field in fields(Case)}
    values["state"] = State(values["state"])
    if values["resolution"] is not None:
        values["resolution"] = Resolution(values["resolution"])
    return Case(**values)


def insert_unless_open(session: Session, trigger: Trigger, now: datetime, due: datetime) -> Case | None:
    """A new case, or None when the conversation has an unresolved one in this category (or the reference is taken)."""
    statement = (
        pg.insert(cases)
        .values(
            id=uuid4(),
            reference=new_reference(),
            conversation_id=trigger.conversation_id,
            message_id=trigger.message_id,
            category=trigger.category,
            tier=trigger.tier,
            evidence=trigger.evidence,
            evidence_start=trigger.start,
            evidence_end=trigger.end,
            reason=trigger.reason,
            detector_version=trigger.detector_version,
            channel=trigger.channel,
            opened_at=now,
            due_at=due,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(*_CASE)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else case_of_row(row)


def unresolved(session: Session, conversation_id: UUID, category: str, *, lock: bool = False) -> Case | None:
    query = sa.select(*_CASE).where(
        cases.c.conversation_id == conversation_id,
        cases.c.category == category,
        cases.c.state != State.RESOLVED.value,
    )
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else case_of_row(row)


def unresolved_of(session: Session, conversation_id: UUID) -> list[Case]:
    """A conversation's unresolved cases, the most urgent first, then the newest."""
    query = (
        sa.select(*_CASE)
        .where(cases.c.conversation_id == conversation_id, cases.c.state != State.RESOLVED.value)
        .order_by(cases.c.tier, cases.c.updated_at.desc())
    )
    return [case_of_row(row) for row in session.execute(query)]


def of_conversation(session: Session, conversation_id: UUID) -> list[Case]:
    """All its cases, the newest first."""
    query = (
        sa.select(*_CASE).where(cases.c.conversation_id == conversation_id).order_by(cases.c.opened_at.desc())
    )
    return [case_of_row(row) for row in session.execute(query)]


def by_id(session: Session, case_id: UUID, *, lock: bool = False) -> Case | None:
    query = sa.select(*_CASE).where(cases.c.id == case_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else case_of_row(row)


def by_reference(session: Session, reference: str) -> Case | None:
    """A case by the short name that people say on the phone."""
    row = session.execute(sa.select(*_CASE).where(cases.c.reference == reference)).one_or_none()
    return None if row is None else case_of_row(row)


def references_of(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The references of those cases that there are."""
    query = sa.select(cases.c.id, cases.c.reference).where(cases.c.id.in_(list(ids)))
    return {row.id: row.reference for row in session.execute(query)}


def update(session: Session, case_id: UUID, now: datetime, values: Mapping[str, object]) -> Case:
    statement = (
        sa.update(cases).where(cases.c.id == case_id).values(**values, updated_at=now).returning(*_CASE)
    )
    return case_of_row(session.execute(statement).one())


def erase_resolved_evidence(session: Session, conversation_id: UUID, now: datetime) -> list[UUID]:
    """Empty the quotations and contact details of a conversation's resolved cases; the ids of those that had any."""
    statement = (
        sa.update(cases)
        .where(
            cases.c.conversation_id == conversation_id,
            cases.c.state == State.RESOLVED.value,
            sa.or_(
                cases.c.evidence != "", cases.c.contact_phone.is_not(None), cases.c.contact_email.is_not(None)
            ),
        )
        .values(
            evidence="",
            evidence_start=0,
            evidence_end=0,
            contact_phone=None,
            contact_email=None,
            updated_at=now,
        )
        .returning(cases.c.id)
    )
    return [row.id for row in session.execute(statement)]


def add_event(
    session: Session,
    case_id: UUID,
    kind: str,
    actor: str,
    at: datetime,
    *,
    message_id: UUID | None = None,
    details: Mapping[str, object] | None = None,
) -> bool:
    """Append to the trail; False when this message has been counted for this case before."""
    statement = (
        pg.insert(case_events)
        .values(
            case_id=case_id, kind=kind, actor=actor, at=at, message_id=message_id, details=dict(details or {})
        )
        .on_conflict_do_nothing()
        .returning(case_events.c.id)
    )
    return session.execute(statement).one_or_none() is not None


def events(session: Session, case_id: UUID) -> list[Event]:
    columns = [column for column in case_events.c if column.name != "case_id"]
    query = sa.select(*columns).where(case_events.c.case_id == case_id).order_by(case_events.c.id)
    return [Event(**row._mapping) for row in session.execute(query)]


def latest_event_id(session: Session, case_id: UUID) -> int:
    """The number of the last line of a case's trail; 0 when it has none."""
    query = sa.select(sa.func.max(case_events.c.id)).where(case_events.c.case_id == case_id)
    return session.execute(query).scalar_one() or 0


def has_event(session: Session, case_id: UUID, kind: str) -> bool:
    query = sa.select(case_events.c.id).where(case_events.c.case_id == case_id, case_events.c.kind == kind)
    return session.execute(query.limit(1)).first() is not None


def names_message(session: Session, case_id: UUID, kind: str, message_id: UUID) -> bool:
    """Whether the trail has a line of this kind about this message."""
    query = sa.select(case_events.c.id).where(
        case_events.c.case_id == case_id, case_events.c.kind == kind, case_events.c.message_id == message_id
    )
    return session.execute(query.limit(1)).first() is not None


def counted(session: Session, conversation_id: UUID, category: str, message_id: UUID) -> Case | None:
    """The case in this category for which this message has been counted, resolved or not."""
    query = (
        sa.select(*_CASE)
        .join(case_events, case_events.c.case_id == cases.c.id)
        .where(
            cases.c.conversation_id == conversation_id,
            cases.c.category == category,
            case_events.c.message_id == message_id,
            case_events.c.kind.in_(("opened", "cue_added")),
        )
    )
    row = session.execute(query).first()
    return None if row is None else case_of_row(row)


# What puts a patient's words on the desk, and what says that a clinician has them.
_TELLING = ("opened", "cue_added", "tier_raised", "reopened")
_SEEING = (State.ACKNOWLEDGED.value, State.IN_PROGRESS.value)


def told(session: Session, conversation_id: UUID) -> Told | None:
    """The conversation's unresolved case that the clinic was told about last; None when there is none.

    A case that could not be delivered does not count: nobody may be told that the clinic has it.
    """
    latest = (
        sa.select(case_events.c.case_id, sa.func.max(case_events.c.at).label("at"))
        .where(case_events.c.kind.in_(_TELLING))
        .group_by(case_events.c.case_id)
        .subquery()
    )
    seen = (
        sa.select(sa.func.max(case_events.c.at))
        .where(
            case_events.c.case_id == cases.c.id,
            case_events.c.kind.in_(_SEEING),
            case_events.c.at >= latest.c.at,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(cases.c.reference, latest.c.at, seen.label("seen_at"), cases.c.state)
        .join(latest, latest.c.case_id == cases.c.id)
        .where(
            cases.c.conversation_id == conversation_id,
            cases.c.state.not_in((State.RESOLVED.value, State.DELIVERY_FAILED.value)),
        )
        .order_by(latest.c.at.desc(), cases.c.tier)
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    return Told(row.reference, row.at, row.seen_at if row.state in _SEEING else None)
