"""The SQL of the audit trail. Each function runs in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.audit.domain import GENESIS, Entry, seal
from bot.audit.models import audit_entries

# One writer at a time until it commits: the numbers have no gaps and every seal knows the one before it.
_LOCK: Final = 7_366_102


def record(session: Session, entry: Entry, now: datetime) -> int:
    """Append an entry in the caller's transaction, so that it is there if and only if what it tells of happened.

    Do it last in a transaction: until the commit every other writer waits. Returns the entry's number, from 1.
    """
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = session.execute(
        sa.select(audit_entries.c.number, audit_entries.c.seal)
        .order_by(audit_entries.c.number.desc())
        .limit(1)
    ).first()
    number, previous = (1, GENESIS) if last is None else (last.number + 1, bytes(last.seal))
    session.execute(
        sa.insert(audit_entries).values(
            number=number,
            at=now,
            actor=entry.actor,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject=entry.subject,
            details=dict(entry.details),
            previous=previous,
            seal=seal(number, entry, now, previous),
        )
    )
    return number
