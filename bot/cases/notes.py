"""Clinicians' notes on cases. Each function runs in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cases.models import case_notes


@dataclass(frozen=True)
class Note:
    """A note for colleagues; `author` is the mail address of their account."""

    id: int
    author: str
    text: str
    at: datetime


def add(session: Session, case_id: UUID, author: str, text: str, now: datetime) -> int:
    """The new note's number. Raises IntegrityError beyond 4,000 characters or without any."""
    statement = (
        sa.insert(case_notes)
        .values(case_id=case_id, author=author, text=text, at=now)
        .returning(case_notes.c.id)
    )
    number: int = session.execute(statement).scalar_one()
    return number


def of_case(session: Session, case_id: UUID) -> list[Note]:
    """The oldest first."""
    query = (
        sa.select(case_notes.c.id, case_notes.c.author, case_notes.c.text, case_notes.c.at)
        .where(case_notes.c.case_id == case_id)
        .order_by(case_notes.c.id)
    )
    return [Note(**row._mapping) for row in session.execute(query)]
