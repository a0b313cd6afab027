"""What the desk's list of cases shows, as values that the templates only lay out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.cases.domain import WAITING, Case, State
from bot.cases.inbox import Listed
from bot.cases.words import CATEGORIES, STATES, TIERS, time_words
from bot.gateway.desk.clock import ago_words, left_words
from bot.gateway.desk.words import channel_words


@dataclass(frozen=True)
class Moment:
    """A time for people and for machines."""

    words: str
    iso: str

    @classmethod
    def of(cls, at: datetime) -> Moment:
        return cls(time_words(at), at.isoformat())


@dataclass(frozen=True)
class CaseRow:
    """One line of the list, and the head of a case's page.

    `waiting`: nobody has acknowledged it; only then `left` says how long there is until the deadline. `overdue`: not in
    time. `ago`: how long it has been open, or since it was resolved.
    """

    id: str
    reference: str
    tier: int
    urgency: str
    concern: str
    state: str
    channel: str
    opened: Moment
    ago: str
    due: Moment
    left: str
    waiting: bool
    resolved: bool
    overdue: bool
    updated: Moment


@dataclass(frozen=True)
class InboxRow:
    """A case in the list: who has it, and what is to be seen before it is opened."""

    case: CaseRow
    assignee: str
    mine: bool
    flags: tuple[str, ...]
    alarms: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The cases of one tier."""

    tier: int
    urgency: str
    rows: tuple[InboxRow, ...]


def case_row(case: Case, now: datetime) -> CaseRow:
    waiting = case.state in WAITING
    return CaseRow(
        id=str(case.id),
        reference=case.reference,
        tier=case.tier,
        urgency=TIERS[case.tier],
        concern=CATEGORIES[case.category],
        state=STATES[case.state.value],
        channel=channel_words(case.channel),
        opened=Moment.of(case.opened_at),
        ago=ago_words(case.opened_at, now),
        due=Moment.of(case.due_at),
        left=left_words(case.due_at, now),
        waiting=waiting,
        resolved=case.state is State.RESOLVED,
        overdue=waiting and case.due_at < now,
        updated=Moment.of(case.updated_at),
    )


def inbox_row(listed: Listed, me: UUID, now: datetime) -> InboxRow:
    case, row = listed.case, case_row(listed.case, now)
    flags = []
    if listed.news and not row.resolved:
        flags.append("New message from the patient")
    if listed.holder:
        flags.append(f"{listed.holder} is writing with the patient")
    contact = [word for word, given in (("phone", case.contact_phone), ("mail", case.contact_email)) if given]
    if contact:
        flags.append(f"Patient left: {' and '.join(contact)}")
    alarms = []
    if listed.unreached and not row.resolved:
        alarms.append("A message did not reach the patient")
    if listed.nobody and row.waiting:
        alarms.append("No page has reached anybody")
    mine = case.assignee_id == me
    return InboxRow(row, listed.assignee or "", mine, tuple(flags), tuple(alarms))


def groups(rows: Sequence[InboxRow]) -> list[Group]:
    """By tier, in the order in which they come."""
    found = []
    for tier, urgency in TIERS.items():
        inside = tuple(row for row in rows if row.case.tier == tier)
        if inside:
            found.append(Group(tier, urgency, inside))
    return found
