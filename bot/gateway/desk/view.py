"""What the desk's pages show, as values that the templates only lay out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cases.domain import TRANSITIONS, Case, Event, State
from bot.cases.words import CATEGORIES, STATES, TIERS, time_words
from bot.content.citations import strip_ids
from bot.conversations.values import Message
from bot.gateway.desk.words import AUTHORS, event_words

_WAITING = frozenset({State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED})


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
    """One line of the list, and the head of a case's page. `overdue`: nobody has acknowledged it in time."""

    id: str
    reference: str
    tier: int
    urgency: str
    concern: str
    state: str
    opened: Moment
    due: Moment
    overdue: bool


@dataclass(frozen=True)
class Line:
    """One message of the transcript; `marked` is the part that raised the case, between `before` and `after`."""

    author: str
    who: str
    at: Moment
    before: str
    marked: str
    after: str


@dataclass(frozen=True)
class TrailLine:
    """One event of the case."""

    at: Moment
    what: str
    actor: str


@dataclass(frozen=True)
class Step:
    """Something that the clinician may do now."""

    name: str
    label: str


STEPS = {
    State.ACKNOWLEDGED: Step("acknowledge", "Acknowledge"),
    State.IN_PROGRESS: Step("start", "Start work"),
    State.REOPENED: Step("reopen", "Reopen"),
}


def case_row(case: Case, now: datetime) -> CaseRow:
    return CaseRow(
        id=str(case.id),
        reference=case.reference,
        tier=case.tier,
        urgency=TIERS[case.tier],
        concern=CATEGORIES[case.category],
        state=STATES[case.state.value],
        opened=Moment.of(case.opened_at),
        due=Moment.of(case.due_at),
        overdue=case.state in _WAITING and case.due_at < now,
    )


def transcript(messages: Sequence[Message], case: Case) -> list[Line]:
    """The conversation with the case's evidence marked; deleted messages are left out."""
    lines = []
    for message in messages:
        if not message.text:
            continue
        text = strip_ids(message.text) if message.author == "assistant" else message.text
        start, end = case.evidence_start, case.evidence_end
        if message.id != case.message_id or text[start:end] != case.evidence:
            start = end = len(text)
        lines.append(
            Line(
                author=message.author,
                who=AUTHORS[message.author],
                at=Moment.of(message.created_at),
                before=text[:start],
                marked=text[start:end],
                after=text[end:],
            )
        )
    return lines


def trail(events: Sequence[Event]) -> list[TrailLine]:
    return [TrailLine(Moment.of(event.at), event_words(event), event.actor) for event in events]


def steps_of(case: Case) -> list[Step]:
    """The buttons, but for resolving, which needs a reason."""
    return [step for state, step in STEPS.items() if state in TRANSITIONS[case.state]]


def may_resolve(case: Case) -> bool:
    return State.RESOLVED in TRANSITIONS[case.state]
