"""What the audit page is asked for and what it shows, as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from bot.audit.domain import StoredEntry
from bot.cases.references import is_reference
from bot.gateway.desk.audit_words import action_words, details_words
from bot.gateway.desk.view import Moment

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_ACTION: Final = re.compile(r"[a-z][a-z_]{0,63}")


class BadFilter(Exception):
    """A filter that cannot be read; the text says which, to whoever gave it."""


@dataclass(frozen=True)
class Filters:
    """What somebody asks for. `who` is an account, `case` a reference; `first` and `last` are days in UTC."""

    who: UUID | None = None
    what: str = ""
    case: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """From the page's address. Raises BadFilter."""
        who, case, before = (
            given.get("who", ""),
            given.get("case", "").strip().upper(),
            given.get("before", ""),
        )
        what = given.get("what", "")
        if case and not is_reference(case):
            raise BadFilter("A case is written like K7F-3QX.")
        if what and not _ACTION.fullmatch(what):
            raise BadFilter("There is no such action.")
        if before and not _NUMBER.fullmatch(before):
            raise BadFilter("An entry has a number.")
        first, last = _day(given.get("first", "")), _day(given.get("last", ""))
        if first and last and first > last:
            raise BadFilter("The first day is after the last.")
        return cls(_account(who), what, case, first, last, int(before) if before else None)

    @property
    def since(self) -> datetime | None:
        return _midnight(self.first)

    @property
    def until(self) -> datetime | None:
        return _midnight(self.last + timedelta(days=1)) if self.last else None

    @property
    def used(self) -> list[str]:
        """The names of those that are set."""
        return sorted(name for name, value in vars(self).items() if value)

    def older_than(self, number: int) -> str:
        """The address of the next page."""
        kept = {name: str(value) for name, value in vars(self).items() if value}
        return "/desk/audit?" + urlencode({**kept, "before": str(number)})


def _account(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadFilter("There is no such account.") from None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        raise BadFilter("A day is written like 2026-11-23.") from None
    if found is not None and not 2000 <= found.year <= 2999:
        raise BadFilter("A day is written like 2026-11-23.")
    return found


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), timezone.utc) if day else None


@dataclass(frozen=True)
class AuditLine:
    """One entry. `case` is the address of the case's page for those who may open it."""

    number: int
    at: Moment
    who: str
    what: str
    subject: str
    case: str
    details: str


@dataclass(frozen=True)
class ViewerLine:
    """Who has seen the case that was asked for."""

    who: str
    times: int
    first: Moment
    last: Moment


def case_ids(entries: Sequence[StoredEntry]) -> set[UUID]:
    """The cases that these entries are about."""
    return {found for stored in entries if (found := _case_id(stored)) is not None}


def _case_id(stored: StoredEntry) -> UUID | None:
    if stored.entry.subject_kind != "case":
        return None
    try:
        return UUID(stored.entry.subject)
    except ValueError:
        return None


def lines(
    entries: Sequence[StoredEntry],
    names: Mapping[str, str],
    references: Mapping[UUID, str],
    *,
    links: bool,
) -> list[AuditLine]:
    """`names` by mail address, `references` by case; `links`: whether whoever reads this may open cases."""
    found = []
    for stored in entries:
        entry = stored.entry
        case = _case_id(stored)
        reference = references.get(case) if case is not None else None
        found.append(
            AuditLine(
                number=stored.number,
                at=Moment.of(stored.at),
                who=who_words(entry.actor, names),
                what=action_words(entry.action),
                subject=f"case {reference}" if reference else f"{entry.subject_kind} {entry.subject}",
                case=f"/desk/cases/{case}" if reference and links else "",
                details=details_words(entry.details),
            )
        )
    return found


def who_words(actor: str, names: Mapping[str, str]) -> str:
    """Dr Lee (lee@clinic.example); only what is there for those who have no account."""
    return f"{names[actor]} ({actor})" if actor in names else actor
