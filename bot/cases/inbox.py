"""The desk's list of cases: filtered, searched, counted, a page at a time. Runs in the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from bot.accounts.models import desk_users
from bot.cases.domain import WAITING, Case, State
from bot.cases.models import case_events, case_notes, cases
from bot.cases.repository import case_of_row
from bot.conversations.models import conversations

PAGE: Final = 50
MOST_WORDS: Final = 8
# Fewer would find half of all phone numbers.
FEWEST_DIGITS: Final = 3
ESCAPE: Final = "!"

# What a patient or the clock adds after a clinician has looked, and what says that a clinician has looked.
_NEWS: Final = ("opened", "cue_added", "patient_answered", "tier_raised")
_LOOKED: Final = ("acknowledged", "in_progress", "claimed", "replied", "note_added", "resolved")


class Who(str, Enum):
    """Whose cases."""

    ANYBODY = ""
    MINE = "mine"
    UNCLAIMED = "unclaimed"


@dataclass(frozen=True)
class Filters:
    """What the list shows; empty fields leave nothing out. `words` are all to be found somewhere in the case."""

    resolved: bool = False
    tier: int | None = None
    state: State | None = None
    category: str | None = None
    channel: str | None = None
    who: Who = Who.ANYBODY
    overdue: bool = False
    words: str = ""


@dataclass(frozen=True)
class Listed:
    """A case in the list.

    `assignee` has claimed it, `holder` is writing with the patient. `news`: the patient has written since a clinician
    last did something. `unreached`: a message to the patient failed; `nobody`: there was nobody to page, or the page
    failed, and none has got through since.
    """

    case: Case
    assignee: str | None
    holder: str | None
    news: bool
    unreached: bool
    nobody: bool


@dataclass(frozen=True)
class Counts:
    """How many cases there are behind each of the desk's ready-made lists, and unresolved ones by tier."""

    unresolved: int
    mine: int
    unclaimed: int
    overdue: int
    resolved: int
    tiers: Mapping[int, int]


def find(
    session: Session, filters: Filters, me: UUID, now: datetime, *, page: int = 1
) -> tuple[list[Listed], int]:
    """A page of cases, from page 1, and how many there are on all pages.

    Unresolved ones come by tier, then those that nobody has seen, then the oldest; resolved ones the latest first.
    """
    conditions = _conditions(filters, me, now)
    total: int = session.execute(
        sa.select(sa.func.count()).select_from(cases).where(*conditions)
    ).scalar_one()
    holders = desk_users.alias("holders")
    query = (
        sa.select(
            cases,
            desk_users.c.name.label("assignee"),
            sa.case((conversations.c.held_until > now, holders.c.name), else_=None).label("holder"),
            _news().label("news"),
            _has("patient_unreached").label("unreached"),
            (_latest(("nobody_to_page", "page_failed")) > _latest(("page_sent",))).label("nobody"),
        )
        .select_from(cases)
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .outerjoin(desk_users, desk_users.c.id == cases.c.assignee_id)
        .outerjoin(holders, holders.c.id == conversations.c.held_by)
        .where(*conditions)
        .order_by(*_order(filters))
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [_listed(row) for row in session.execute(query)], total


def count(session: Session, me: UUID, now: datetime) -> Counts:
    unresolved = cases.c.state != State.RESOLVED.value

    def where(*conditions: ColumnElement[sa.Boolean]) -> Any:
        return sa.func.count().filter(*conditions)

    row = session.execute(
        sa.select(
            where(unresolved).label("unresolved"),
            where(unresolved, cases.c.assignee_id == me).label("mine"),
            where(unresolved, cases.c.assignee_id.is_(None)).label("unclaimed"),
            where(unresolved, *_overdue(now)).label("overdue"),
            where(~unresolved).label("resolved"),
            *(where(unresolved, cases.c.tier == tier).label(f"tier_{tier}") for tier in (1, 2, 3)),
        ).select_from(cases)
    ).one()
    tiers = {tier: row._mapping[f"tier_{tier}"] for tier in (1, 2, 3)}
    return Counts(row.unresolved, row.mine, row.unclaimed, row.overdue, row.resolved, tiers)


def channels(session: Session) -> list[str]:
    """The channels from which there have been cases."""
    return sorted(session.execute(sa.select(cases.c.channel).distinct()).scalars())


@dataclass(frozen=True)
class Urgent:
    """A case of tier 1 that nobody has seen, and the line of the trail that made it so."""

    event: int
    case: Case


def urgent_after(session: Session, event: int) -> list[Urgent]:
    """What has become urgent after a line of the trail and still waits, in that order."""
    query = (
        sa.select(cases, case_events.c.id.label("event"))
        .join(case_events, case_events.c.case_id == cases.c.id)
        .where(
            case_events.c.id > event,
            case_events.c.kind.in_(("opened", "tier_raised", "lapsed", "reopened")),
            cases.c.tier == 1,
            cases.c.state.in_([state.value for state in WAITING]),
        )
        .order_by(case_events.c.id)
    )
    return [Urgent(row.event, case_of_row(row)) for row in session.execute(query)]


def latest_event(session: Session) -> int:
    """The number of the last line of all trails; 0 while there is none."""
    return session.execute(sa.select(sa.func.max(case_events.c.id))).scalar_one() or 0


def _listed(row: Row) -> Listed:
    return Listed(case_of_row(row), row.assignee, row.holder, row.news, row.unreached, row.nobody)


def _conditions(filters: Filters, me: UUID, now: datetime) -> list[ColumnElement[sa.Boolean]]:
    done = cases.c.state == State.RESOLVED.value
    found = [done if filters.resolved else ~done]
    if filters.tier is not None:
        found.append(cases.c.tier == filters.tier)
    if filters.state is not None:
        found.append(cases.c.state == filters.state.value)
    if filters.category is not None:
        found.append(cases.c.category == filters.category)
    if filters.channel is not None:
        found.append(cases.c.channel == filters.channel)
    if filters.who is Who.MINE:
        found.append(cases.c.assignee_id == me)
    if filters.who is Who.UNCLAIMED:
        found.append(cases.c.assignee_id.is_(None))
    if filters.overdue:
        found.extend(_overdue(now))
    found.extend(_says(word) for word in filters.words.split()[:MOST_WORDS])
    return found


def _overdue(now: datetime) -> tuple[ColumnElement[sa.Boolean], ...]:
    return (cases.c.state.in_([state.value for state in WAITING]), cases.c.due_at < now)


def _says(word: str) -> ColumnElement[sa.Boolean]:
    """Where a word may stand: the reference with or without its hyphen, contact, evidence, reason of the end, notes."""
    pattern = f"%{_escaped(word)}%"
    in_a_note = sa.select(case_notes.c.id).where(
        case_notes.c.case_id == cases.c.id, case_notes.c.text.ilike(pattern, escape=ESCAPE)
    )
    places = [
        cases.c.evidence.ilike(pattern, escape=ESCAPE),
        cases.c.resolved_reason.ilike(pattern, escape=ESCAPE),
        cases.c.contact_email.ilike(pattern, escape=ESCAPE),
        in_a_note.exists(),
    ]
    letters = re.sub(r"[^0-9A-Za-z]", "", word).upper()
    if letters:
        places.append(sa.func.replace(cases.c.reference, "-", "").like(f"%{letters}%"))
    digits = re.sub(r"[^0-9]", "", word)
    if len(digits) >= FEWEST_DIGITS:
        bare = sa.func.regexp_replace(cases.c.contact_phone, "[^0-9]", "", "g")
        places.append(bare.like(f"%{digits.lstrip('0') or digits}%"))
    return sa.or_(*places)


def _escaped(word: str) -> str:
    """The word as LIKE takes it literally."""
    return re.sub(rf"([%_{ESCAPE}])", rf"{ESCAPE}\1", word)


def _latest(kinds: tuple[str, ...]) -> Any:
    """The number of a case's last line of these kinds; 0 when it has none."""
    found = sa.select(sa.func.max(case_events.c.id)).where(
        case_events.c.case_id == cases.c.id, case_events.c.kind.in_(kinds)
    )
    return sa.func.coalesce(found.scalar_subquery(), 0)


def _news() -> ColumnElement[sa.Boolean]:
    """Whether what the patient did last is younger than what a clinician did last."""
    looked = _latest(_LOOKED)
    return sa.and_(looked > 0, _latest(_NEWS) > looked)


def _has(kind: str) -> ColumnElement[sa.Boolean]:
    return (
        sa.select(case_events.c.id)
        .where(case_events.c.case_id == cases.c.id, case_events.c.kind == kind)
        .exists()
    )


def _order(filters: Filters) -> tuple[Any, ...]:
    if filters.resolved:
        return (cases.c.updated_at.desc(), cases.c.id)
    waits = cases.c.state.in_([state.value for state in WAITING])
    return (cases.c.tier, waits.desc(), cases.c.opened_at, cases.c.id)
