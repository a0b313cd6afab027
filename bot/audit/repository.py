"""The SQL of the audit trail. Each function runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.audit.domain import GENESIS, Entry, StoredEntry, check, seal
from bot.audit.models import audit_entries

# One writer at a time until it commits: the numbers have no gaps and every seal knows the one before it.
_LOCK: Final = 7_366_102
# Whoever keeps the lock for longer has died or hangs: the others fail, and show and do nothing, rather than hang too.
_LONGEST_WAIT: Final = "5s"
_AT_ONCE: Final = 1_000

_TAKE_TURN: Final = sa.text("SELECT set_config('lock_timeout', :wait, true), pg_advisory_xact_lock(:lock)")
_LAST: Final = (
    sa.select(audit_entries.c.number, audit_entries.c.seal).order_by(audit_entries.c.number.desc()).limit(1)
)
_INSERT: Final = sa.insert(audit_entries)


def record(session: Session, entry: Entry, now: datetime) -> int:
    """Append an entry in the caller's transaction, so that it is there if and only if what it tells of happened.

    Do it last in a transaction: until the commit every other writer waits, and one that also waits for rows of theirs
    would wait for ever. Returns the entry's number, from 1.

    Raises ValueError when the entry holds more than codes and numbers, OperationalError when the trail is held up for
    5 seconds.
    """
    check(entry)
    session.execute(_TAKE_TURN, {"wait": _LONGEST_WAIT, "lock": _LOCK})
    # A statement of its own, so that it sees what the one before us has committed.
    last = session.execute(_LAST).first()
    number, previous = (1, GENESIS) if last is None else (last.number + 1, bytes(last.seal))
    session.execute(
        _INSERT,
        {
            "number": number,
            "at": now,
            "actor": entry.actor,
            "action": entry.action,
            "subject_kind": entry.subject_kind,
            "subject": entry.subject,
            "details": dict(entry.details),
            "previous": previous,
            "seal": seal(number, entry, now, previous),
        },
    )
    return number


@dataclass(frozen=True)
class Wanted:
    """Which entries: None and empty stand for all. `since` is included, `until` is not, `before` is a number."""

    actor: str = ""
    action: str = ""
    subject_kind: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def conditions(self) -> list[sa.sql.ColumnElement[sa.Boolean]]:
        entries = audit_entries.c
        found: list[sa.sql.ColumnElement[sa.Boolean]] = [
            entries[name] == value
            for name in ("actor", "action", "subject_kind", "subject")
            if (value := getattr(self, name))
        ]
        if self.since is not None:
            found.append(entries.at >= self.since)
        if self.until is not None:
            found.append(entries.at < self.until)
        if self.before is not None:
            found.append(entries.number < self.before)
        return found


@dataclass(frozen=True)
class Viewer:
    """Who has looked at something: how often, first and last."""

    actor: str
    times: int
    first: datetime
    last: datetime


def in_order(session: Session, wanted: Wanted = Wanted(), *, start: int = 1) -> Iterator[StoredEntry]:
    """The entries from a number on, the oldest first, as one moment saw them; read in portions."""
    query = (
        sa.select(audit_entries)
        .where(audit_entries.c.number >= start, *wanted.conditions())
        .order_by(audit_entries.c.number)
        .execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    )
    for row in session.execute(query):
        yield _stored(row)


def latest(session: Session, wanted: Wanted, limit: int) -> list[StoredEntry]:
    """The newest first."""
    query = (
        sa.select(audit_entries)
        .where(*wanted.conditions())
        .order_by(audit_entries.c.number.desc())
        .limit(limit)
    )
    return [_stored(row) for row in session.execute(query)]


def by_number(session: Session, number: int) -> StoredEntry | None:
    query = sa.select(audit_entries).where(audit_entries.c.number == number)
    row = session.execute(query).one_or_none()
    return None if row is None else _stored(row)


def viewers(session: Session, action: str, subject_kind: str, subject: str) -> list[Viewer]:
    """Who has done this to a subject, the latest first."""
    entries = audit_entries.c
    last = sa.func.max(entries.at)
    query = (
        sa.select(entries.actor, sa.func.count(), sa.func.min(entries.at), last)
        .where(*Wanted(action=action, subject_kind=subject_kind, subject=subject).conditions())
        .group_by(entries.actor)
        .order_by(last.desc())
    )
    return [Viewer(*row) for row in session.execute(query)]


def _stored(row: Row) -> StoredEntry:
    return StoredEntry(
        number=row.number,
        at=row.at,
        entry=Entry(row.actor, row.action, row.subject_kind, row.subject, row.details),
        previous=bytes(row.previous),
        seal=bytes(row.seal),
    )
