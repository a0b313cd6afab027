"""What the page of one case shows, as values that the template only lays out. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.cases.domain import TRANSITIONS, WAITING, Case, Event, Resolution, State, Told
from bot.cases.notes import Note
from bot.cases.words import RESOLUTIONS, STATES
from bot.content.citations import strip_ids
from bot.conversations.hand_over import Hold, Reach
from bot.conversations.hold_words import role_words
from bot.conversations.values import Conversation, Message
from bot.gateway.desk.explanation import Reasons, reasons
from bot.gateway.desk.view import CaseRow, Moment, case_row
from bot.gateway.desk.words import (
    AUTHORS,
    BAD_EVENTS,
    MESSAGES,
    actor_words,
    channel_words,
    delivery_words,
    event_words,
    failed,
    parcel_words,
)
from bot.outbox.values import Delivery, Status
from bot.understanding.explanation import Explanation

# A longer conversation is folded: what came well before the first cue is a click away.
LONG: Final = 30
BEFORE_A_CUE: Final = 6
WIDGET: Final = "widget"
_CUES: Final = frozenset({"opened", "cue_added", "tier_raised"})
_TOLD: Final = frozenset({"urgent_help", "case_notice", "notice", "apology"})
# How a page ended stands in the trail already.
_TOLD_BY_EVENTS: Final = frozenset({("page", Status.SENT), ("page", Status.DEAD), ("page", Status.BLOCKED)})


@dataclass(frozen=True)
class CaseFile:
    """Everything stored that belongs to a case.

    `names` are those of accounts, by mail address; `others` the conversation's further cases.
    """

    case: Case
    conversation: Conversation
    messages: Sequence[Message]
    events: Sequence[Event]
    notes: Sequence[Note]
    sent: Mapping[UUID, Delivery]
    parcels: Sequence[Delivery]
    told: Told | None
    hold: Hold | None
    reach: Reach
    assignee: str
    names: Mapping[str, str]
    others: Sequence[Case]


@dataclass(frozen=True)
class Part:
    """A piece of a message; `marked` where it raised the case or added to it."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Line:
    """One message of the transcript. `label` says what it is where it is no plain message."""

    seq: int
    author: str
    who: str
    label: str
    at: Moment
    parts: tuple[Part, ...]
    delivery: str
    undelivered: bool

    @property
    def cue(self) -> bool:
        return any(part.marked for part in self.parts)


@dataclass(frozen=True)
class Entry:
    """Something that happened to the case."""

    at: Moment
    what: str
    actor: str
    bad: bool


@dataclass(frozen=True)
class Written:
    """A note."""

    who: str
    at: Moment
    text: str


@dataclass(frozen=True)
class Banner:
    """What the chat on the website shows above the messages as long as the case is not resolved."""

    reference: str
    since: Moment
    seen: Moment | None

    @classmethod
    def of(cls, told: Told) -> Banner:
        seen = None if told.seen_at is None else Moment.of(told.seen_at)
        return cls(told.reference, Moment.of(told.at), seen)


@dataclass(frozen=True)
class Other:
    """Another case of the same conversation."""

    address: str
    concern: str
    reference: str
    state: str


@dataclass(frozen=True)
class Option:
    """A way in which a case may end."""

    value: str
    label: str


@dataclass(frozen=True)
class Actions:
    """What this clinician may do with the case as it stands."""

    claim: bool
    take_over: bool
    release: bool
    acknowledge: bool
    start: bool
    reply: bool
    take_conversation: bool
    give_back: bool
    resolve: bool
    reopen: bool


@dataclass(frozen=True)
class Typed:
    """What a clinician had typed into a form that was not taken: nothing of it is lost."""

    reply: str = ""
    note: str = ""
    comment: str = ""
    resolution: str = ""


@dataclass(frozen=True)
class CaseView:
    """The page. `seen` goes back with each form: what the clinician has had before their eyes."""

    row: CaseRow
    case: Case
    assignee: str
    mine: bool
    claimed: Moment | None
    folded: tuple[Line, ...]
    lines: tuple[Line, ...]
    told: tuple[Line, ...]
    banner: Banner | None
    deleted: bool
    history: tuple[Entry, ...]
    notes: tuple[Written, ...]
    why: Sequence[Reasons]
    others: tuple[Other, ...]
    holder: str
    holding: bool
    hold_until: Moment | None
    role: str
    reach: str
    phone_link: str
    actions: Actions
    seen: str
    resolution: str
    options: tuple[Option, ...] = field(
        default=tuple(Option(resolution.value, words) for resolution, words in RESOLUTIONS.items())
    )


def compose(file: CaseFile, user: DeskUser, now: datetime) -> CaseView:
    case, hold = file.case, file.hold
    lines = transcript(file.messages, case, file.events, file.sent)
    start = fold(lines)
    return CaseView(
        row=case_row(case, now),
        case=case,
        assignee=file.assignee,
        mine=case.assignee_id == user.id,
        claimed=None if case.claimed_at is None else Moment.of(case.claimed_at),
        folded=tuple(lines[:start]),
        lines=tuple(lines[start:]),
        told=tuple(told_lines(file.messages, lines, cues(case, file.events))),
        banner=None if file.told is None or case.channel != WIDGET else Banner.of(file.told),
        deleted=file.conversation.deleted_at is not None,
        history=tuple(history(file.events, file.parcels, file.names)),
        notes=tuple(
            Written(actor_words(note.author, file.names), Moment.of(note.at), note.text)
            for note in file.notes
        ),
        why=reasons(file.events, file.messages),
        others=tuple(_other(other, now) for other in file.others),
        holder="" if hold is None else hold.name,
        holding=hold is not None and hold.user_id == user.id,
        hold_until=None if hold is None else Moment.of(hold.until),
        role=role_words(user.name),
        reach=reach_words(file.reach, case.channel),
        phone_link=phone_link(case.contact_phone),
        actions=actions_of(case, user, hold, file.reach),
        seen=seen_of(file.events, file.messages),
        resolution="" if case.resolution is None else RESOLUTIONS[case.resolution],
    )


def seen_of(events: Sequence[Event], messages: Sequence[Message]) -> str:
    """`event.message`: the number of the last line of the trail, and of the patient's last message."""
    event = max((event.id for event in events), default=0)
    message = max((message.seq for message in messages if message.author == "patient"), default=0)
    return f"{event}.{message}"


def transcript(
    messages: Sequence[Message], case: Case, events: Sequence[Event], sent: Mapping[UUID, Delivery]
) -> list[Line]:
    """The conversation with every cue of the case marked; deleted messages are left out."""
    marks = cues(case, events)
    return [
        _line(message, marks.get(message.id, []), sent.get(message.id))
        for message in messages
        if message.text
    ]


def _line(message: Message, marks: Sequence[tuple[int, int, str]], sent: Delivery | None) -> Line:
    text = strip_ids(message.text) if message.author == "assistant" else message.text
    who = AUTHORS[message.author]
    if message.author == "clinician" and message.custom.get("role"):
        who = f"{message.custom['role']} ({who.lower()})"
    return Line(
        seq=message.seq,
        author=message.author,
        who=who,
        label=MESSAGES.get(message.kind, ""),
        at=Moment.of(message.created_at),
        parts=tuple(parts_of(text, marks)),
        delivery="" if sent is None else delivery_words(sent),
        undelivered=sent is not None and failed(sent),
    )


def cues(case: Case, events: Sequence[Event]) -> dict[UUID, list[tuple[int, int, str]]]:
    """Where each message raised the case or added to it: (start, end, the words if they are known)."""
    found: dict[UUID, list[tuple[int, int, str]]] = {
        case.message_id: [(case.evidence_start, case.evidence_end, case.evidence)]
    }
    for event in events:
        stored = event.details.get("explanation")
        if event.kind not in _CUES or event.message_id is None or not isinstance(stored, Mapping):
            continue
        try:
            explanation = Explanation.from_dict(stored)
        except (KeyError, TypeError, ValueError):
            continue
        found.setdefault(event.message_id, []).append((explanation.start, explanation.end, ""))
    return found


def parts_of(text: str, marks: Sequence[tuple[int, int, str]]) -> list[Part]:
    """The text cut where marks begin and end. Marks that do not fit the text, or whose words differ, are left out."""
    marked = [False] * len(text)
    for start, end, words in marks:
        if 0 <= start < end <= len(text) and (not words or text[start:end] == words):
            marked[start:end] = [True] * (end - start)
    parts: list[Part] = []
    begun = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[begun]:
            parts.append(Part(text[begun:place], marked[begun]))
            begun = place
    return parts


def fold(lines: Sequence[Line]) -> int:
    """How many lines of a long conversation stay folded away: those well before the first cue and the latest ones."""
    if len(lines) <= LONG:
        return 0
    first = next((place for place, line in enumerate(lines) if line.cue), len(lines))
    return max(0, min(first - BEFORE_A_CUE, len(lines) - LONG))


def told_lines(
    messages: Sequence[Message], lines: Sequence[Line], cues: Container[UUID | None]
) -> list[Line]:
    """What the patient was told about help, the case, and who answers; what answers other messages is left out."""
    told = {
        message.seq
        for message in messages
        if message.kind in _TOLD or (message.author == "assistant" and message.in_reply_to in cues)
    }
    return [line for line in lines if line.seq in told]


def history(events: Sequence[Event], parcels: Sequence[Delivery], names: Mapping[str, str]) -> list[Entry]:
    """Every event of the case and every alert about it, in order of time."""
    found = [
        (
            event.at,
            Entry(
                Moment.of(event.at),
                event_words(event),
                actor_words(event.actor, names),
                event.kind in BAD_EVENTS,
            ),
        )
        for event in events
    ]
    for parcel in parcels:
        if (parcel.kind, parcel.status) not in _TOLD_BY_EVENTS:
            at = parcel.finished_at or parcel.created_at
            found.append((at, Entry(Moment.of(at), parcel_words(parcel), "Delivery", failed(parcel))))
    return [entry for _, entry in sorted(found, key=lambda item: item[0])]


def actions_of(case: Case, user: DeskUser, hold: Hold | None, reach: Reach) -> Actions:
    waiting, mine = case.state in WAITING, case.assignee_id == user.id
    free, resolved = case.assignee_id is None, case.state is State.RESOLVED
    may_take = user.may(Right.TAKE_OVER)
    held_by_another = hold is not None and hold.user_id != user.id
    return Actions(
        claim=not resolved and (waiting or free) and not (mine and not waiting),
        take_over=not resolved and not waiting and not free and not mine and may_take,
        release=not resolved and (mine or (not free and may_take)),
        acknowledge=waiting,
        start=case.state is State.ACKNOWLEDGED and (mine or free),
        reply=not resolved and reach is not Reach.DELETED and (not held_by_another or may_take),
        take_conversation=held_by_another and may_take,
        give_back=hold is not None and (not held_by_another or may_take),
        resolve=State.RESOLVED in TRANSITIONS[case.state],
        reopen=resolved,
    )


def reach_words(reach: Reach, channel: str) -> str:
    """What a clinician has to know before writing; empty where a message simply arrives."""
    if reach is Reach.EXPIRED:
        return "The patient’s chat on the website has ended: they will not see what you write. Phone or mail them."
    if reach is Reach.BLOCKED:
        shut = f"The patient has shut the chat in {channel_words(channel)}"
        return f"{shut}: a message reaches them only if they come back. Phone or mail them."
    if reach is Reach.DELETED:
        return "The patient deleted this conversation: nothing can be written there."
    if channel == WIDGET:
        return "They read it when they open the chat on the website. If it is urgent, phone."
    return f"It is sent to {channel_words(channel)}. If it is urgent, phone."


def phone_link(phone: str | None) -> str:
    """What a phone takes: digits, with the plus in front if there is one; empty without a number."""
    if not phone:
        return ""
    digits = "".join(character for character in phone if character.isascii() and character.isdigit())
    return f"+{digits}" if phone.strip().startswith("+") else digits


def is_resolution(value: str) -> bool:
    return value in {resolution.value for resolution in Resolution}


def _other(case: Case, now: datetime) -> Other:
    row = case_row(case, now)
    return Other(f"/desk/cases/{case.id}", row.concern, row.reference, STATES[case.state.value])
