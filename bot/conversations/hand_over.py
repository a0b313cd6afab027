"""A clinician holds a conversation instead of the assistant: taken, kept, given back, overdue.

Every function runs in the caller's transaction and locks the conversation first. Whoever changes a case in the same
transaction calls these before it locks the case: patients' messages lock in that order too.

While a conversation is held its patient's messages are screened as always and start no turn. A turn that was under way
when the hold began finds its message answered and stores nothing. A hold ends when it is given back, or when the
clinician has been silent for `Terms.length`: whoever comes first, the chore or the patient's next message, ends it. The
patient is told of each change in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.accounts.models import desk_users
from bot.cases import repository as case_repository
from bot.cases import service as case_service
from bot.cases.domain import Case
from bot.conversations import repository
from bot.conversations.errors import ConversationDeleted, HeldByAnother
from bot.conversations.hold_words import HoldWords, role_words
from bot.conversations.inbound_text import clean_text
from bot.conversations.models import conversations, messages
from bot.conversations.values import RETURNED, Conversation, Draft
from bot.database import Database
from bot.outbox import repository as outbox
from bot.outbox.values import stream_of
from bot.settings import Settings

# The names of the notices that patients read; RETURNED is the one after which a conversation starts anew.
TAKEN: Final = "conversation_taken"
RECEIVED: Final = "message_received"
PASSED_ON: Final = "answer_passed_on"
# Who a time-out is written down for.
NOBODY: Final = "hand-over"
# A form that is sent twice says it once.
SAME_REPLY: Final = timedelta(minutes=1)
MOST_AT_ONCE: Final = 100


class Because(str, Enum):
    """Why a hold ended, as a case's trail keeps it."""

    RELEASED = "released"
    SILENCE = "silence"
    TAKEN_OVER = "taken_over"
    DELETED = "deleted"


class Reach(str, Enum):
    """Whether a reply gets to the patient."""

    REACHABLE = "reachable"
    EXPIRED = "expired"
    """The widget's session is over: nobody can fetch what is written now."""
    BLOCKED = "blocked"
    """The patient has shut the channel: it waits for a day in case they come back."""
    DELETED = "deleted"


@dataclass(frozen=True)
class Hold:
    """Who has a conversation, since when, and until when if nothing more is written.

    `role_words` is how the patient reads who it is; empty where the account's name is none for patients.
    """

    user_id: UUID
    name: str
    role_words: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Terms:
    """`length`: how long a silent clinician keeps a conversation."""

    length: timedelta
    words: HoldWords

    @classmethod
    def load(cls, settings: Settings) -> Terms:
        """Raises RegionError."""
        return cls(timedelta(minutes=settings.hand_over_minutes), HoldWords.load(settings))


@lru_cache(maxsize=1)
def usual_terms() -> Terms:
    """By the process's own settings."""
    return Terms.load(Settings.from_env())


class Writer(Protocol):
    """A signed-in clinician, as far as it matters here."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


def take(
    session: Session,
    conversation_id: UUID,
    user_id: UUID,
    now: datetime,
    *,
    take_over: bool = False,
    terms: Terms | None = None,
) -> Hold:
    """A clinician holds the conversation from now on; repeated by the same one, the hold is extended.

    `take_over` takes it from whoever has it. Raises ConversationDeleted, HeldByAnother.
    """
    terms = terms or usual_terms()
    conversation = _locked(session, conversation_id)
    held = _stored(session, conversation_id)
    if held is not None and held.user_id == user_id:
        return _hold_until(session, conversation_id, max(held.until, now + terms.length))
    now = _after_all_that_stands(session, conversation_id, now)
    if held is not None:
        if held.until > now and not take_over:
            raise HeldByAnother(held.name)
        because = Because.TAKEN_OVER if held.until > now else Because.SILENCE
        _write_down(
            session, conversation_id, "conversation_returned", NOBODY, now, {"because": because.value}
        )
    session.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(held_by=user_id, held_since=now, held_until=now + terms.length)
    )
    # Whatever is under way for these finds them answered and stays quiet.
    session.execute(
        sa.update(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author == "patient",
            messages.c.answered_at.is_(None),
        )
        .values(answered_at=now)
    )
    hold = _stored(session, conversation_id)
    assert hold is not None
    _tell(session, conversation, TAKEN, terms.words.taken(hold.role_words, conversation.region), now)
    minutes = int(terms.length.total_seconds() // 60)
    actor = session.execute(sa.select(desk_users.c.email).where(desk_users.c.id == user_id)).scalar_one()
    _write_down(session, conversation_id, "conversation_held", actor, now, {"minutes": minutes})
    return hold


def touch(session: Session, conversation_id: UUID, now: datetime, *, terms: Terms | None = None) -> None:
    """The patient has written: the clinician gets time to answer. Nothing changes when nobody holds.

    Never further than two lengths after the clinician's own last word: a patient who keeps writing to somebody who has
    gone away gets the assistant back.
    """
    length = (terms or usual_terms()).length
    _locked(session, conversation_id)
    held = _stored(session, conversation_id)
    if held is None or held.until <= now:
        return
    last_word = sa.select(sa.func.max(messages.c.created_at)).where(
        messages.c.conversation_id == conversation_id,
        messages.c.author == "clinician",
        messages.c.created_at >= held.since,
    )
    said_at = session.execute(last_word).scalar_one() or held.since
    until = max(held.until, min(now + length, said_at + 2 * length))
    _hold_until(session, conversation_id, until)


def give_back(
    session: Session, conversation_id: UUID, actor: str, now: datetime, *, terms: Terms | None = None
) -> bool:
    """The assistant answers again, and the patient reads so; False when nobody held the conversation.

    Rasa's own record starts anew: what stood half open there, such as a question for a phone number, is long past.
    """
    conversation = repository.conversation(session, conversation_id, lock=True)
    held = _stored(session, conversation_id)
    if conversation is None or held is None:
        return False
    words = (terms or usual_terms()).words
    overdue = held.until <= now
    cases = case_repository.unresolved_of(session, conversation_id)
    text = (
        words.timed_out(conversation.region, cases)
        if overdue
        else words.returned(held.role_words, conversation.region, cases)
    )
    _end(session, conversation_id, actor, now, Because.SILENCE if overdue else Because.RELEASED)
    repository.erase_tracker(session, conversation_id)
    _tell(session, conversation, RETURNED, text, now)
    return True


def holder(session: Session, conversation_id: UUID, now: datetime) -> Hold | None:
    """Who holds the conversation; None when nobody does, or has been silent for too long."""
    held = _stored(session, conversation_id)
    return held if held is not None and held.until > now else None


def reply(
    session: Session,
    conversation_id: UUID,
    user: Writer,
    text: str,
    now: datetime,
    *,
    take_over: bool = False,
    terms: Terms | None = None,
) -> UUID:
    """Store what a clinician writes to the patient, on the channel that they use; the message's id.

    Takes the hold if nobody has it, and extends it. The same words of the same clinician within a minute count once.
    Where the patient cannot be reached any more, the conversation's cases say so (`patient_unreached`). Raises
    ConversationDeleted, HeldByAnother, TextEmpty, TextTooLong.
    """
    cleaned = clean_text(text)
    conversation = _locked(session, conversation_id)
    hold = take(session, conversation_id, user.id, now, take_over=take_over, terms=terms)
    # A hold begins after all that stands there, so what is said in it does too, whatever two clocks say.
    now = max(now, hold.since)
    repeated = _same_reply(session, conversation_id, cleaned, hold, now)
    if repeated is not None:
        return repeated
    message_id = repository.add_clinician_message(
        session, conversation_id, cleaned, hold.role_words, now, place=_place(session, conversation_id)
    )
    if reach(session, conversation_id, now) is Reach.EXPIRED:
        case_service.patient_unreached(
            session, conversation_id, now, channel=conversation.channel, problem="the session has ended"
        )
    return message_id


def reach(session: Session, conversation_id: UUID, now: datetime) -> Reach:
    """Whether a reply would get to the patient, as far as is known."""
    found = repository.conversation(session, conversation_id)
    if found is None or found.deleted_at is not None:
        return Reach.DELETED
    if found.external_id is None:
        alive = found.token_expires_at is not None and found.token_expires_at > now
        return Reach.REACHABLE if alive else Reach.EXPIRED
    return Reach.BLOCKED if outbox.is_blocked(session, stream_of(found.id)) else Reach.REACHABLE


def return_overdue(database: Database, now: datetime, *, terms: Terms | None = None) -> int:
    """Give back what silent clinicians have held for too long, one after the other; how many conversations.

    Safe in many workers at once. Raises DatabaseUnavailable.
    """
    overdue = (
        sa.select(conversations.c.id)
        .where(conversations.c.held_until <= now)
        .order_by(conversations.c.held_until)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    for count in range(MOST_AT_ONCE):
        with database.transaction() as session:
            conversation_id = session.execute(overdue).scalar_one_or_none()
            if conversation_id is None:
                return count
            give_back(session, conversation_id, NOBODY, now, terms=terms)
    return MOST_AT_ONCE


# --- the front door's side


def end_if_overdue(
    session: Session, conversation_id: UUID, now: datetime, *, terms: Terms | None = None
) -> Hold | None:
    """Who holds the conversation now; a hold that is overdue ends here."""
    held = _stored(session, conversation_id)
    if held is None or held.until > now:
        return held
    # Locked by now: somebody may have been quicker, or the clinician is back.
    repository.conversation(session, conversation_id, lock=True)
    held = _stored(session, conversation_id)
    if held is None or held.until > now:
        return held
    give_back(session, conversation_id, NOBODY, now, terms=terms)
    return None


def acknowledge_message(
    session: Session,
    conversation: Conversation,
    hold: Hold,
    message_id: UUID,
    now: datetime,
    *,
    terms: Terms | None = None,
) -> None:
    """A patient's message was stored during a hold: it extends the hold, and the first one gets a short notice."""
    terms = terms or usual_terms()
    touch(session, conversation.id, now, terms=terms)
    just_before = hold.since - timedelta(microseconds=1)
    if not repository.notice_since(session, conversation.id, RECEIVED, just_before):
        text = terms.words.received(hold.role_words, conversation.region)
        _tell(session, conversation, RECEIVED, text, now, in_reply_to=message_id)


def tell_passed_on(
    session: Session,
    conversation: Conversation,
    cases: Sequence[Case],
    message_id: UUID,
    now: datetime,
    *,
    terms: Terms | None = None,
) -> None:
    """The patient answered a clinician who holds the conversation no more: it stands on these cases, at least one."""
    text = (terms or usual_terms()).words.passed_on(cases)
    _tell(session, conversation, PASSED_ON, text, now, in_reply_to=message_id)


def end_on_deletion(session: Session, conversation_id: UUID, now: datetime) -> None:
    """The patient deletes the conversation: nobody holds it any more, and there is nobody left to tell."""
    if _stored(session, conversation_id) is not None:
        _end(session, conversation_id, "patient", now, Because.DELETED)


# --- parts


def _locked(session: Session, conversation_id: UUID) -> Conversation:
    found = repository.conversation(session, conversation_id, lock=True)
    if found is None or found.deleted_at is not None:
        raise ConversationDeleted("the patient has deleted this conversation: nothing can be written there")
    return found


def _stored(session: Session, conversation_id: UUID) -> Hold | None:
    """The hold in the table, overdue or not."""
    query = (
        sa.select(
            conversations.c.held_by, conversations.c.held_since, conversations.c.held_until, desk_users.c.name
        )
        .join(desk_users, desk_users.c.id == conversations.c.held_by)
        .where(conversations.c.id == conversation_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return Hold(row.held_by, row.name, role_words(row.name), row.held_since, row.held_until)


def _after_all_that_stands(session: Session, conversation_id: UUID, now: datetime) -> datetime:
    """An answer that was stored while the hold waited for its lock stands before the hold, by its time too."""
    latest = sa.select(sa.func.max(messages.c.created_at)).where(
        messages.c.conversation_id == conversation_id
    )
    at: datetime | None = session.execute(latest).scalar_one()
    return now if at is None or at < now else at + timedelta(microseconds=1)


def _hold_until(session: Session, conversation_id: UUID, until: datetime) -> Hold:
    session.execute(
        sa.update(conversations).where(conversations.c.id == conversation_id).values(held_until=until)
    )
    hold = _stored(session, conversation_id)
    assert hold is not None
    return hold


def _end(session: Session, conversation_id: UUID, actor: str, now: datetime, because: Because) -> None:
    session.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(held_by=None, held_since=None, held_until=None)
    )
    _write_down(session, conversation_id, "conversation_returned", actor, now, {"because": because.value})


def _write_down(
    session: Session,
    conversation_id: UUID,
    kind: str,
    actor: str,
    now: datetime,
    details: dict[str, object],
) -> None:
    for case in case_repository.unresolved_of(session, conversation_id):
        case_repository.add_event(session, case.id, kind, actor, now, details=details)


def _tell(
    session: Session,
    conversation: Conversation,
    name: str,
    text: str,
    now: datetime,
    *,
    in_reply_to: UUID | None = None,
) -> None:
    draft = Draft("notice", text, custom={"notice": name, **_place(session, conversation.id)})
    repository.add_message_to_patient(session, conversation, draft, in_reply_to, now)


def _place(session: Session, conversation_id: UUID) -> dict[str, str]:
    """Where in the chat the patient wrote last, such as a thread: what follows belongs there."""
    latest = (
        sa.select(messages.c.custom)
        .where(messages.c.conversation_id == conversation_id, messages.c.author == "patient")
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    custom = session.execute(latest).scalar_one_or_none() or {}
    return {"place": str(custom["place"])} if custom.get("place") else {}


def _same_reply(session: Session, conversation_id: UUID, text: str, hold: Hold, now: datetime) -> UUID | None:
    query = (
        sa.select(messages.c.id)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author == "clinician",
            messages.c.text == text,
            messages.c.created_at >= max(hold.since, now - SAME_REPLY),
        )
        .limit(1)
    )
    found: UUID | None = session.execute(query).scalar_one_or_none()
    return found
