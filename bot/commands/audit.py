"""`python -m bot audit …`: prove the trail, keep its seal, look something up, write it out."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot.audit import Entry, record
from bot.audit.chain import Anchor
from bot.audit.domain import StoredEntry
from bot.audit.proof import Proof, last_seal, verify
from bot.audit.repository import Wanted, in_order, latest
from bot.cases import repository as cases
from bot.cases.references import is_reference
from bot.cases.words import time_words
from bot.database import Database
from bot.errors import AssistantError
from bot.runtime.database_address import migrated_database
from bot.settings import Settings

Say = Callable[[str], None]


class AuditProblem(AssistantError):
    """Something about the question itself that the operator can mend."""


@dataclass(frozen=True)
class Asked:
    """What somebody at the command line wants to see. `subject` is KIND:ID, for a case also KIND:REFERENCE."""

    subject: str = ""
    actor: str = ""
    action: str = ""
    since: str = ""
    until: str = ""


def check(settings: Settings, start: int, expected: Sequence[str], seals: Path | None, say: Say) -> bool:
    """Prove the trail, or say what is broken; whether it is whole. Raises AuditProblem, DatabaseUnavailable."""
    anchors = [_anchor(text) for text in (*expected, *_lines(seals))]
    try:
        with _database(settings) as database, database.transaction() as session:
            proof = verify(session, start=start, anchors=anchors)
    except ValueError as error:
        raise AuditProblem(str(error)) from None
    for line in report(proof):
        say(line)
    return proof.whole


def report(proof: Proof) -> list[str]:
    """What was proved, in one line; or each broken entry in one, and how many there are."""
    if not proof.whole:
        lines = [f"broken: {fault}" for fault in proof.faults]
        more = proof.fault_count - len(proof.faults)
        return [
            *lines,
            f"The trail is not whole: {proof.fault_count} faults{f', {more} not shown' if more else ''}.",
        ]
    if proof.last is None or not proof.count:
        return ["There is nothing to check: no entry from this number on."]
    last = proof.last
    words = (
        f"Whole: {proof.count} entries, {proof.start} to {last.number} ({time_words(last.at)}), without a gap and each "
        f"sealed onto the one before; last seal {Anchor.of(last)}."
    )
    if proof.met:
        kept = "The seal" if proof.met == 1 else f"All {proof.met} seals"
        return [f"{words} {kept} kept elsewhere fit{'s' if proof.met == 1 else ''}."]
    return [
        f"{words} No seal kept elsewhere was given: a trail rewritten or cut short as a whole would look the same."
    ]


def print_seal(settings: Settings, say: Say) -> None:
    """The last number and seal, to keep elsewhere. Raises AuditProblem while there is none."""
    with _database(settings) as database, database.transaction() as session:
        found = last_seal(session)
    if found is None:
        raise AuditProblem("The trail is empty: there is no seal to keep yet")
    say(str(found[0]))


def show(settings: Settings, asked: Asked, limit: int, say: Say) -> None:
    """The newest entries that fit, the oldest of them first. Raises AuditProblem, DatabaseUnavailable."""
    with _database(settings) as database:
        wanted = _recorded(database, "audit_viewed", asked)
        with database.transaction() as session:
            found = latest(session, wanted, limit)
    for stored in reversed(found):
        say(line_of(stored))
    if len(found) == limit:
        say(f"These are the newest {limit}; --limit shows more.")


def export(settings: Settings, asked: Asked, say: Say) -> None:
    """Every entry that fits as a line of JSON, the oldest first. Raises AuditProblem, DatabaseUnavailable."""
    with _database(settings) as database:
        wanted = _recorded(database, "audit_exported", asked)
        with database.transaction() as session:
            for stored in in_order(session, wanted):
                say(json.dumps(as_json(stored), ensure_ascii=False))


def line_of(stored: StoredEntry) -> str:
    """One entry for people."""
    entry = stored.entry
    details = json.dumps(dict(entry.details), ensure_ascii=False, sort_keys=True) if entry.details else ""
    at = stored.at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    subject = f"{entry.subject_kind}:{entry.subject}"
    return "  ".join(filter(None, (str(stored.number), at, entry.actor, entry.action, subject, details)))


def as_json(stored: StoredEntry) -> dict[str, Any]:
    """One entry with all that its seal is made of, in the order in which it is sealed."""
    entry = stored.entry
    return {
        "number": stored.number,
        "actor": entry.actor,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject": entry.subject,
        "details": dict(entry.details),
        "at": stored.at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
        "previous": stored.previous.hex(),
        "seal": stored.seal.hex(),
    }


def _wanted(session: Session, asked: Asked) -> Wanted:
    kind, colon, subject = asked.subject.partition(":")
    if asked.subject and not (kind and colon and subject):
        raise AuditProblem("--subject is written as KIND:ID, such as case:K7F-3QX")
    if kind == "case" and is_reference(subject):
        found = cases.by_reference(session, subject)
        if found is None:
            raise AuditProblem(f"there is no case {subject}")
        subject = str(found.id)
    return Wanted(
        actor=asked.actor.strip().lower(),
        action=asked.action,
        subject_kind=kind,
        subject=subject,
        since=_moment(asked.since, "--since"),
        until=_moment(asked.until, "--until"),
    )


def _moment(text: str, option: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise AuditProblem(f"{option} is written as 2026-11-23 or 2026-11-23T09:30, in UTC") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _recorded(database: Database, action: str, asked: Asked) -> Wanted:
    """What to look for, once it is on record that somebody looks: output may be cut off, the record may not."""
    with database.transaction() as session:
        wanted = _wanted(session, asked)
        details: dict[str, object] = {
            "filters": sorted(name for name, value in vars(wanted).items() if value)
        }
        if wanted.subject_kind == "case" and _is_id(wanted.subject):
            details["case"] = wanted.subject
        entry = Entry(f"command line ({_account()})", action, "audit", "trail", details)
        record(session, entry, datetime.now(timezone.utc))
    return wanted


def _account() -> str:
    """Who the operating system says it is."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
    return name if name.isprintable() and len(name) <= 64 else "unknown"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _anchor(text: str) -> Anchor:
    try:
        return Anchor.parse(text)
    except ValueError as error:
        raise AuditProblem(f"--expect and --seals: {error}") from None


def _lines(seals: Path | None) -> list[str]:
    """The last word of each line that has one: `date` and the like may stand before the seal."""
    if seals is None:
        return []
    try:
        lines = seals.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise AuditProblem(f"--seals: {seals} cannot be read") from None
    return [line.split()[-1] for line in lines if line.strip()]


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    with migrated_database(settings) as url:
        database = Database(url)
        try:
            yield database
        finally:
            database.dispose()
