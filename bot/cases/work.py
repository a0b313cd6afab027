"""What a clinician does with a case at the care desk.

Every function runs in the caller's transaction: the step, the line in the case's trail, the news for channels that were
told of the case, and last the entry in the audit trail are there together or not at all. The conversation is locked
before the case, as patients' messages do it. `actor` is the mail address of the clinician's account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser, enabled_user, names_of_ids
from bot.audit import Entry, record
from bot.cases import ladder, notes, repository, service
from bot.cases.domain import WAITING, Case, Event, Resolution, State
from bot.cases.errors import CaseChanged, CaseNotFound, ClaimedByAnother, NotClaimed
from bot.cases.words import RESOLUTIONS
from bot.conversations import hand_over
from bot.conversations import repository as conversations
from bot.conversations.hand_over import Terms

_MOVES: Final = frozenset(
    {"acknowledged", "in_progress", "resolved", "reopened", "lapsed", "claimed", "released"}
)
_NEWS: Final = frozenset(
    {"cue_added", "tier_raised", "patient_answered", "erasure_requested", "content_erased"}
)


@dataclass(frozen=True)
class Seen:
    """What a page showed: the number of the last line of the trail and of the patient's last message."""

    event: int
    message: int


@dataclass(frozen=True)
class _Matters:
    """What makes a page too old for a step: kinds of events, unless they are one's own, and the patient's messages."""

    kinds: frozenset[str]
    messages: bool = False


STEPS: Final[Mapping[str, _Matters]] = MappingProxyType(
    {
        "acknowledge": _Matters(_MOVES | _NEWS),
        "claim": _Matters(frozenset({"resolved", "reopened"})),
        "release": _Matters(frozenset({"claimed", "resolved", "reopened"})),
        "start": _Matters(_MOVES | _NEWS),
        # A note stands beside whatever has happened: it is never refused.
        "note": _Matters(frozenset()),
        "reply": _Matters(_MOVES | _NEWS | {"replied"}, messages=True),
        "return": _Matters(frozenset()),
        "resolve": _Matters(_MOVES | _NEWS | {"contact_recorded", "note_added", "replied"}, messages=True),
        "reopen": _Matters(_MOVES | {"content_erased"}),
    }
)


def expect_unchanged(session: Session, case_id: UUID, step: str, seen: Seen, actor: str) -> Case:
    """Lock the case for a step. Raises CaseNotFound; CaseChanged when the page was too old for this step."""
    case = _locked(session, case_id)
    matters = STEPS[step]
    news: list[Event] = [
        event
        for event in repository.events(session, case_id)
        if event.id > seen.event and event.kind in matters.kinds and event.actor != actor
    ]
    messages = 0
    if matters.messages:
        messages = conversations.patient_messages_after(session, case.conversation_id, seen.message)
    if news or messages:
        raise CaseChanged(news, messages)
    return case


def claim(session: Session, case_id: UUID, user: DeskUser, now: datetime, *, take_over: bool = False) -> Case:
    """The clinician takes the case, and has seen it thereby. Claiming one's own case changes nothing.

    A claim does not outlive the acknowledgement: when the case waits again, because nothing followed or because it
    became more urgent, anybody may claim it. `take_over` is for those with Right.TAKE_OVER. Raises CaseNotFound,
    TransitionRefused for a resolved case, ClaimedByAnother: of two at once, the second.
    """
    case = _locked(session, case_id)
    held_by_another = case.assignee_id is not None and case.assignee_id != user.id
    may_take = case.state in WAITING or (take_over and user.may(Right.TAKE_OVER))
    if held_by_another and not may_take and case.state is not State.RESOLVED:
        raise _claimed(session, case)
    if case.state in WAITING or case.state is State.RESOLVED:
        case = service.acknowledge(session, case_id, user.email, now)
    if case.assignee_id != user.id:
        case = _assign(session, case, user, now)
    ladder.acted(session, case_id, now)
    _audit(session, user.email, "case_claimed", case, now)
    return case


def release(session: Session, case_id: UUID, user: DeskUser, now: datetime) -> Case:
    """Give a claim up. Raises CaseNotFound, NotClaimed; ClaimedByAnother without Right.TAKE_OVER."""
    case = _locked(session, case_id)
    if case.assignee_id is None:
        raise NotClaimed("nobody has claimed this case")
    own = case.assignee_id == user.id
    if not own and not user.may(Right.TAKE_OVER):
        raise _claimed(session, case)
    details = {} if own else {"taken_from": str(case.assignee_id)}
    case = repository.update(session, case_id, now, {"assignee_id": None, "claimed_at": None})
    repository.add_event(session, case_id, "released", user.email, now, details=details)
    service.refresh_alerts(session, case_id, now)
    _audit(session, user.email, "case_released", case, now)
    return case


def acknowledge(session: Session, case_id: UUID, actor: str, now: datetime, *, by: str = "desk") -> Case:
    """A clinician has seen the case; once more changes nothing. `by`: where they said so.

    Raises CaseNotFound, TransitionRefused.
    """
    before = _locked(session, case_id)
    case = service.acknowledge(session, case_id, actor, now)
    if case.state is not before.state:
        _audit(session, actor, "case_acknowledged", case, now, by=by)
    return case


def start(session: Session, case_id: UUID, user: DeskUser, now: datetime) -> Case:
    """A clinician deals with the case, and has claimed it thereby.

    Raises CaseNotFound, TransitionRefused, ClaimedByAnother.
    """
    case = _locked(session, case_id)
    if case.assignee_id not in (None, user.id):
        raise _claimed(session, case)
    case = service.start_progress(session, case_id, user.email, now)
    if case.assignee_id is None:
        case = _assign(session, case, user, now)
    ladder.acted(session, case_id, now)
    _audit(session, user.email, "case_started", case, now)
    return case


def note(session: Session, case_id: UUID, actor: str, text: str, now: datetime) -> int:
    """Write a note for colleagues, of 1 to 4,000 characters; its number. Raises CaseNotFound."""
    case = _locked(session, case_id)
    number = notes.add(session, case_id, actor, text, now)
    repository.add_event(session, case_id, "note_added", actor, now, details={"note": number})
    ladder.acted(session, case_id, now)
    _audit(session, actor, "case_noted", case, now, note=number)
    return number


def reply(
    session: Session,
    case_id: UUID,
    user: DeskUser,
    text: str,
    now: datetime,
    *,
    take_over: bool = False,
    terms: Terms | None = None,
) -> UUID:
    """Write to the patient; the message's id. Who writes has seen the case, works on it, and holds the conversation.

    `take_over` takes the conversation from a colleague, for those with Right.TAKE_OVER. Raises CaseNotFound,
    TransitionRefused for a resolved case, ConversationDeleted, HeldByAnother, TextEmpty, TextTooLong.
    """
    case = _locked(session, case_id)
    if case.state in WAITING or case.state is State.RESOLVED:
        case = service.acknowledge(session, case_id, user.email, now)
    if case.assignee_id is None:
        case = _assign(session, case, user, now)
    if case.state is State.ACKNOWLEDGED:
        case = service.start_progress(session, case_id, user.email, now)
    message_id = hand_over.reply(
        session,
        case.conversation_id,
        user,
        text,
        now,
        take_over=take_over and user.may(Right.TAKE_OVER),
        terms=terms,
    )
    if not repository.names_message(session, case_id, "replied", message_id):
        repository.add_event(session, case_id, "replied", user.email, now, message_id=message_id)
        service.refresh_alerts(session, case_id, now)
    ladder.acted(session, case_id, now)
    _audit(session, user.email, "case_replied", case, now, message=str(message_id))
    return message_id


def give_back(
    session: Session, case_id: UUID, actor: str, now: datetime, *, terms: Terms | None = None
) -> bool:
    """Hand the conversation back to the assistant; False when nobody held it. Raises CaseNotFound."""
    case = _locked(session, case_id)
    returned = hand_over.give_back(session, case.conversation_id, actor, now, terms=terms)
    _audit(session, actor, "conversation_returned", case, now, held=returned)
    return returned


def resolve(
    session: Session,
    case_id: UUID,
    actor: str,
    resolution: Resolution,
    comment: str,
    now: datetime,
    *,
    terms: Terms | None = None,
) -> Case:
    """Close the case: how it ended, and in words where the clinician gives any.

    The assistant gets the conversation back when this clinician held it and no other case of it is unresolved.
    Raises CaseNotFound, TransitionRefused.
    """
    reason = comment.strip() or RESOLUTIONS[resolution]
    _locked(session, case_id)
    case = service.resolve(session, case_id, actor, reason, now, resolution)
    held = hand_over.holder(session, case.conversation_id, now)
    user = enabled_user(session, actor)
    if (
        held
        and user
        and held.user_id == user.id
        and not repository.unresolved_of(session, case.conversation_id)
    ):
        hand_over.give_back(session, case.conversation_id, actor, now, terms=terms)
    _audit(session, actor, "case_resolved", case, now, resolution=resolution.value)
    return case


def reopen(session: Session, case_id: UUID, actor: str, now: datetime) -> Case:
    """Take a resolved case up again: nobody has it, and the clinic is paged anew.

    Raises CaseNotFound, TransitionRefused, AnotherCaseOpen.
    """
    case = service.reopen(session, case_id, actor, now)
    _audit(session, actor, "case_reopened", case, now)
    return case


def _locked(session: Session, case_id: UUID) -> Case:
    found = repository.by_id(session, case_id)
    if found is not None:
        conversations.conversation(session, found.conversation_id, lock=True)
        found = repository.by_id(session, case_id, lock=True)
    if found is None:
        raise CaseNotFound("there is no such case")
    return found


def _assign(session: Session, case: Case, user: DeskUser, now: datetime) -> Case:
    details = {} if case.assignee_id is None else {"taken_from": str(case.assignee_id)}
    assigned = repository.update(session, case.id, now, {"assignee_id": user.id, "claimed_at": now})
    repository.add_event(session, case.id, "claimed", user.email, now, details=details)
    service.refresh_alerts(session, case.id, now)
    return assigned


def _claimed(session: Session, case: Case) -> ClaimedByAnother:
    assert case.assignee_id is not None and case.claimed_at is not None
    name = names_of_ids(session, [case.assignee_id]).get(case.assignee_id, "Somebody else")
    return ClaimedByAnother(name, case.claimed_at)


def _audit(session: Session, actor: str, action: str, case: Case, now: datetime, **details: object) -> None:
    values = {"reference": case.reference, **details}
    record(session, Entry(actor, action, "case", str(case.id), values), now)
