"""What happens to a conversation: it starts, a message is received, a turn's replies are stored, it is deleted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session as SqlSession

from bot.cases import repository as case_repository
from bot.cases import service as case_service
from bot.cases.domain import Trigger
from bot.conversations import hand_over, repository
from bot.conversations.context import context_of
from bot.conversations.errors import ConversationGone, Repeated, UnknownButton
from bot.conversations.hand_over import Terms, usual_terms
from bot.conversations.inbound_text import clean_text
from bot.conversations.rating import RATE, RATED, helpful_of, thanks
from bot.conversations.redaction import redact
from bot.conversations.rules_only import rules_only_reading
from bot.conversations.turn_queue import enqueue_turn
from bot.conversations.values import (
    Button,
    Conversation,
    Draft,
    Erased,
    Event,
    Kind,
    Message,
    MessageReader,
    OpeningWords,
    Received,
    Session,
    Snapshot,
)
from bot.database import Database
from bot.outbox import repository as outbox
from bot.outbox.patience import LONGEST_TRY
from bot.outbox.values import Parcel, stream_of
from bot.safety.categories import TIERS, Category
from bot.safety.rules import RuleBook
from bot.safety.screening import Concern
from bot.secret_tokens import hash_token, new_token
from bot.understanding.labels import NOT_IN_SOURCE
from bot.understanding.reading import Context, Reading

log = logging.getLogger(__name__)

FRONT_DOOR: Final = "front door"
CONTEXT_MESSAGES: Final = 20
HISTORY_LIMIT: Final = 500
URGENT_HELP_PAUSE: Final = timedelta(minutes=30)
# A turn that takes longer has been given up: nobody is typing.
LONGEST_TURN: Final = timedelta(minutes=2)
FAREWELL: Final = "farewell"
# What a message keeps of having been written to a clinician: no turn of the assistant's belongs to it.
_HELD: Final[Mapping[bool, dict[str, bool]]] = {True: {"held": True}, False: {}}


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def _place(key: str | Event) -> dict[str, str]:
    return {"place": key.place} if isinstance(key, Event) and key.place else {}


class ConversationService:
    """The one way in for patients' messages, whatever the channel. Safe to share between threads.

    Every method raises `bot.database.DatabaseUnavailable` when PostgreSQL does not answer; then nothing was stored.
    """

    def __init__(
        self,
        database: Database,
        reader: MessageReader,
        rules: RuleBook,
        words: OpeningWords,
        *,
        alert_channels: Sequence[str] = (),
        terms: Terms | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._alert_channels = alert_channels
        self._reader = reader
        self._rules = rules
        self._words = words
        self._terms = terms or usual_terms()
        self._clock = clock

    def start(self, *, channel: str, region: str, language: str, lifetime: timedelta) -> Session:
        """A new conversation that opens with the disclaimer, and the token that lets its patient in."""
        now = self._clock()
        token = new_token()
        with self._database.transaction() as session:
            conversation_id = repository.add_conversation(
                session,
                channel=channel,
                region=region,
                language=language,
                token_hash=hash_token(token),
                expires_at=now + lifetime,
                now=now,
            )
            self._open(session, repository.conversation(session, conversation_id), now)
        return Session(conversation_id, token, now + lifetime)

    def of_address(self, *, channel: str, external_id: str, region: str, language: str) -> Conversation:
        """The living conversation of an address on a channel; begun, with the disclaimer, where there is none."""
        now = self._clock()
        with self._database.transaction() as session:
            is_new = repository.add_unless_there(
                session, channel=channel, external_id=external_id, region=region, language=language, now=now
            )
            found = repository.conversation_of_address(session, channel, external_id)
            if found is None:
                raise ConversationGone("this conversation has ended in this very moment")
            if is_new:
                self._open(session, found, now)
        return found

    def at_address(self, channel: str, external_id: str) -> Conversation | None:
        """The living conversation of an address, if there is one."""
        with self._database.transaction() as session:
            return repository.conversation_of_address(session, channel, external_id)

    def seen(self, event: Event) -> bool:
        """Whether a provider's event has been taken in before."""
        with self._database.transaction() as session:
            return repository.seen(session, event)

    def remember(self, event: Event) -> None:
        """Take in an event that needs nothing more. Raises Repeated."""
        with self._database.transaction() as session:
            self._take_in(session, event, self._clock())

    def _open(self, session: SqlSession, conversation: Conversation | None, now: datetime) -> None:
        assert conversation is not None
        draft = Draft("disclaimer", self._words.disclaimer(conversation.region))
        repository.add_message_to_patient(session, conversation, draft, None, now)

    def of_token(self, token: str) -> Conversation:
        """The conversation that a token lets in. Raises ConversationGone for forged and expired ones."""
        with self._database.transaction() as session:
            found = repository.conversation_of_token(session, hash_token(token), self._clock())
        if found is None:
            raise ConversationGone("this conversation has ended")
        return found

    def receive_text(self, conversation: Conversation, key: str | Event, raw_text: str) -> Received:
        """Store what a patient wrote, with its reading, its cases, its urgent help and its turn: all or nothing.

        `key` makes a repeat known: the id that the patient's page gave the message (a repeat brings back the first
        message), or the provider's event (a repeat raises Repeated). Raises TextEmpty, TextTooLong, ConversationGone.
        """
        known, context = self._before(conversation.id, key)
        if known is not None:
            return known
        text = clean_text(raw_text)
        return self._store(conversation, key, "text", text, self._read(text, context))

    def receive_edit(self, conversation: Conversation, event: Event, raw_text: str) -> Received | None:
        """An edited text is a new message when it brings a concern that no case of the conversation holds yet.

        So is every edit while a clinician holds the conversation. None when it is not: nothing was stored, and the
        event may still be answered with `tell`. Raises Repeated, TextEmpty, TextTooLong, ConversationGone.
        """
        _, context = self._before(conversation.id, event)
        text = clean_text(raw_text)
        reading = self._read(text, context)
        with self._database.transaction() as session:
            to_clinician = hand_over.holder(session, conversation.id, self._clock()) is not None
            open_cases = {
                case.category: case.tier for case in case_repository.unresolved_of(session, conversation.id)
            }
        lowest = max(TIERS) + 1
        known = (
            open_cases.get(concern.category.value, lowest) <= concern.tier for concern in reading.concerns
        )
        if all(known) and not to_clinician:
            return None
        return self._store(conversation, event, "text", text, reading)

    def button(self, conversation: Conversation, button_id: str) -> Button:
        """A button that this conversation has shown. Raises UnknownButton."""
        with self._database.transaction() as session:
            found = repository.button(session, conversation.id, button_id)
        if found is None:
            raise UnknownButton("that button does not belong to this conversation")
        return found

    def receive_button(self, conversation: Conversation, key: str | Event, button_id: str) -> Received:
        """The same for a quick reply; one that rates an answer runs no turn. Raises UnknownButton, Repeated,
        ConversationGone.
        """
        known, context = self._before(conversation.id, key)
        if known is not None:
            return known
        button = self.button(conversation, button_id)
        helpful = helpful_of(button.payload)
        if helpful is not None:
            return self._rate(conversation, key, button, helpful)
        reading = self._guarded(
            button.title, lambda: self._reader.read_payload(button.payload, button.title, context)
        )
        return self._store(conversation, key, "button", button.title, reading)

    def _rate(self, conversation: Conversation, key: str | Event, button: Button, helpful: bool) -> Received:
        """Keep the rating and the press, and say thank you: once, and not into a clinician's conversation."""
        now = self._clock()
        with self._database.transaction() as session:
            locked = self._living(session, conversation.id)
            known = self._arrived_before(session, locked.id, key, now)
            if known is not None:
                return known
            answer = repository.message_of_button(session, conversation.id, button.id)
            if answer is None:
                raise UnknownButton("that button does not belong to this conversation")
            message_id, seq = repository.add_patient_message(
                session,
                conversation_id=conversation.id,
                kind="button",
                text=button.title,
                client_id=None if isinstance(key, Event) else key,
                reading=Reading(button.title, RATE, 1.0),
                custom={RATED: str(answer), RATE: helpful, **_place(key)},
                now=now,
            )
            repository.mark_answered(session, message_id, now)
            changed = repository.rate(session, answer, helpful, now)
            if changed and hand_over.holder(session, conversation.id, now) is None:
                repository.add_message_to_patient(session, locked, thanks(helpful), message_id, now)
        return Received(message_id, seq, duplicate=False)

    def tell(
        self, conversation: Conversation, event: Event, name: str, draft: Draft, pause: timedelta
    ) -> bool:
        """Answer an event with a notice of our own, without a turn; False when this notice stood there just now.

        `name` is the notice's kind, `pause` how long it is not repeated. Raises Repeated, ConversationGone.
        """
        now = self._clock()
        with self._database.transaction() as session:
            locked = self._living(session, conversation.id)
            self._take_in(session, event, now)
            outbox.revive_stream(session, stream_of(locked.id), now - LONGEST_TRY, now)
            if repository.notice_since(session, conversation.id, name, now - pause):
                return False
            notice = replace(draft, kind="notice", custom={**draft.custom, "notice": name, **_place(event)})
            repository.add_message_to_patient(session, locked, notice, None, now)
        return True

    def patient_left(self, channel: str, external_id: str, problem: str) -> bool:
        """The patient has shut the channel: what waits for them stays back. False when there is no conversation."""
        now = self._clock()
        with self._database.transaction() as session:
            found = repository.conversation_of_address(session, channel, external_id)
            if found is None:
                return False
            if outbox.block_stream(session, stream_of(found.id), problem, now):
                case_service.patient_unreached(session, found.id, now, channel=channel, problem=problem)
        return True

    def patient_returned(self, channel: str, external_id: str) -> bool:
        """The patient has opened the channel again: what stayed back in the last 24 hours is sent."""
        now = self._clock()
        with self._database.transaction() as session:
            found = repository.conversation_of_address(session, channel, external_id)
            if found is None:
                return False
            outbox.revive_stream(session, stream_of(found.id), now - LONGEST_TRY, now)
        return True

    def _before(self, conversation_id: UUID, key: str | Event) -> tuple[Received | None, Context]:
        with self._database.transaction() as session:
            if isinstance(key, Event):
                if repository.seen(session, key):
                    raise Repeated("this event has been taken in before")
            elif (known := repository.message_of_client_id(session, conversation_id, key)) is not None:
                return Received(known.id, known.seq, duplicate=True), Context()
            # A message after a silent clinician's time is the assistant's: it is read as such, too.
            hand_over.end_if_overdue(session, conversation_id, self._clock(), terms=self._terms)
            return None, context_of(repository.latest(session, conversation_id, CONTEXT_MESSAGES))

    def _living(self, session: SqlSession, conversation_id: UUID) -> Conversation:
        locked = repository.conversation(session, conversation_id, lock=True)
        if locked is None or locked.deleted_at is not None:
            raise ConversationGone("this conversation has ended")
        return locked

    def _arrived_before(
        self, session: SqlSession, conversation_id: UUID, key: str | Event, now: datetime
    ) -> Received | None:
        """The message that this id has brought before. Raises Repeated for an event that was taken in before.

        A patient whose channel brings something is back: what stayed away from them is sent.
        """
        if isinstance(key, Event):
            self._take_in(session, key, now)
            outbox.revive_stream(session, stream_of(conversation_id), now - LONGEST_TRY, now)
            return None
        known = repository.message_of_client_id(session, conversation_id, key)
        return None if known is None else Received(known.id, known.seq, duplicate=True)

    def _take_in(self, session: SqlSession, event: Event, now: datetime) -> None:
        if not repository.take_in(session, event, now):
            raise Repeated("this event has been taken in before")

    def _read(self, text: str, context: Context) -> Reading:
        return self._guarded(text, lambda: self._reader.read(text, context))

    def _guarded(self, text: str, read: Callable[[], Reading]) -> Reading:
        try:
            return read()
        except Exception as error:  # whatever it is, the message must still be screened and stored
            log.error("reading a message failed (%s); screened by the rules alone", type(error).__name__)
            return rules_only_reading(text, self._rules)

    def _store(
        self, conversation: Conversation, key: str | Event, kind: Kind, text: str, reading: Reading
    ) -> Received:
        now = self._clock()
        with self._database.transaction() as session:
            locked = self._living(session, conversation.id)
            known = self._arrived_before(session, locked.id, key, now)
            if known is not None:
                return known
            hold = hand_over.end_if_overdue(session, locked.id, now, terms=self._terms)
            to_clinician = hold is not None or repository.clinician_spoke_last(session, conversation.id)
            help_texts = self._help_texts(conversation, reading)
            message_id, seq = repository.add_patient_message(
                session,
                conversation_id=conversation.id,
                kind=kind,
                text=text,
                client_id=None if isinstance(key, Event) else key,
                reading=reading,
                custom={"urgent_help_sent": bool(help_texts), **_HELD[hold is not None], **_place(key)},
                now=now,
                answered=hold is not None,
            )
            # Before the cases that this very message opens: those tell of it themselves.
            answered = (
                case_service.patient_answered(
                    session, conversation.id, message_id, now, held=hold is not None
                )
                if to_clinician
                else []
            )
            self._open_cases(session, conversation, message_id, reading, now)
            self._add_urgent_help(session, locked, message_id, help_texts, now)
            if hold is not None:
                hand_over.acknowledge_message(session, locked, hold, message_id, now, terms=self._terms)
                return Received(message_id, seq, duplicate=False)
            if answered:
                hand_over.tell_passed_on(session, locked, answered, message_id, now, terms=self._terms)
            if not reading.concerns and (reading.uncovered or reading.intent == NOT_IN_SOURCE):
                repository.add_unanswered(session, message_id, redact(text), conversation.channel, now)
            enqueue_turn(session, conversation.id, message_id)
        return Received(message_id, seq, duplicate=False)

    def _open_cases(
        self,
        session: SqlSession,
        conversation: Conversation,
        message_id: UUID,
        reading: Reading,
        now: datetime,
    ) -> None:
        for concern in reading.concerns:
            trigger = Trigger.of(
                concern,
                conversation_id=conversation.id,
                message_id=message_id,
                channel=conversation.channel,
                detector_version=reading.detector_version,
                actor=FRONT_DOOR,
                explanation=reading.explanation(concern.category),
            )
            case_service.open_case(session, trigger, now, alert=self._alert_channels)

    def _help_texts(self, conversation: Conversation, reading: Reading) -> list[Draft]:
        """The urgent words that this reading calls for: strongest concern first, one for each category."""
        strongest: dict[Category, Concern] = {}
        for concern in reading.concerns:
            strongest.setdefault(concern.category, concern)
        if Category.SUICIDAL in strongest:
            strongest.pop(Category.MOOD, None)
        drafts = []
        for concern in strongest.values():
            text = self._words.urgent_help(
                concern.category.value, concern.tier, conversation.region, reading.language
            )
            if text:
                custom = {"tier": concern.tier}
                drafts.append(Draft("urgent_help", text, concern=concern.category.value, custom=custom))
        return drafts

    def _add_urgent_help(
        self,
        session: SqlSession,
        conversation: Conversation,
        message_id: UUID,
        drafts: Sequence[Draft],
        now: datetime,
    ) -> None:
        for draft in drafts:
            assert draft.concern is not None
            tier = draft.custom["tier"]
            since = now - URGENT_HELP_PAUSE
            if not repository.urgent_help_since(session, conversation.id, draft.concern, tier, since):
                repository.add_message_to_patient(session, conversation, draft, message_id, now)

    def history(self, conversation_id: UUID, after: int, limit: int = HISTORY_LIMIT) -> list[Message]:
        """The messages after number `after`, oldest first; empty for a deleted conversation."""
        with self._database.transaction() as session:
            found = repository.conversation(session, conversation_id)
            if found is None or found.deleted_at is not None:
                return []
            return repository.after(session, conversation_id, after, limit)

    def state(self, conversation_id: UUID, after: int) -> Snapshot:
        """What a page that has the messages up to number `after` does not know yet."""
        with self._database.transaction() as session:
            found = repository.conversation(session, conversation_id)
            if found is None or found.deleted_at is not None:
                return Snapshot((), waiting=False, told=None, exists=False)
            return Snapshot(
                repository.after(session, conversation_id, after, HISTORY_LIMIT),
                waiting=repository.turn_waiting(session, conversation_id, self._clock() - LONGEST_TURN),
                told=case_repository.told(session, conversation_id),
            )

    def delete_content(
        self,
        conversation_id: UUID,
        event: Event | None = None,
        farewell: Callable[[Erased], str] | None = None,
    ) -> Erased:
        """Empty all messages, end the session, delete Rasa's record; open cases keep the words that they quote.

        Nothing that still waited is delivered. `farewell` gives the last words for a channel that does not fetch them.
        Raises Repeated for an event that was taken in before.
        """
        now = self._clock()
        with self._database.transaction() as session:
            found = repository.conversation(session, conversation_id, lock=True)
            if event is not None:
                self._take_in(session, event, now)
            hand_over.end_on_deletion(session, conversation_id, now)
            kept = case_service.erase_content(session, conversation_id, now)
            emptied = repository.erase(session, conversation_id, now)
            repository.erase_tracker(session, conversation_id)
            outbox.cancel_conversation(session, conversation_id, now)
            erased = Erased(emptied, tuple(case.reference for case in kept))
            if farewell is not None and found is not None and found.external_id is not None:
                parcel = Parcel(
                    key=f"{FAREWELL}:{conversation_id}",
                    stream=stream_of(conversation_id),
                    channel=found.channel,
                    kind=FAREWELL,
                    recipient=found.external_id,
                    payload={"text": farewell(erased)},
                )
                outbox.put(session, parcel, now)
        return erased
