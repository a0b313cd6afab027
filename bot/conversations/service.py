"""What happens to a conversation: it starts, a message is received, a turn's replies are stored, it is deleted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session as SqlSession

from bot.cases import repository as case_repository
from bot.cases import service as case_service
from bot.cases.domain import Trigger
from bot.conversations import repository
from bot.conversations.context import context_of
from bot.conversations.errors import ConversationGone, UnknownButton
from bot.conversations.inbound_text import clean_text
from bot.conversations.redaction import redact
from bot.conversations.rules_only import rules_only_reading
from bot.conversations.turn_queue import enqueue_turn
from bot.conversations.values import (
    Conversation,
    Draft,
    Erased,
    Kind,
    Message,
    MessageReader,
    OpeningWords,
    Received,
    Session,
    Snapshot,
)
from bot.database import Database
from bot.safety.categories import Category
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


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


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
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._reader = reader
        self._rules = rules
        self._words = words
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
                external_id=None,
                token_hash=hash_token(token),
                expires_at=now + lifetime,
                now=now,
            )
            draft = Draft("disclaimer", self._words.disclaimer(region))
            repository.add_assistant_message(session, conversation_id, draft, None, now)
        return Session(conversation_id, token, now + lifetime)

    def of_token(self, token: str) -> Conversation:
        """The conversation that a token lets in. Raises ConversationGone for forged and expired ones."""
        with self._database.transaction() as session:
            found = repository.conversation_of_token(session, hash_token(token), self._clock())
        if found is None:
            raise ConversationGone("this conversation has ended")
        return found

    def receive_text(self, conversation: Conversation, client_id: str, raw_text: str) -> Received:
        """Store what a patient wrote, with its reading, its cases, its urgent help and its turn: all or nothing.

        A client_id that has been seen brings back the first message. Raises TextEmpty, TextTooLong, ConversationGone.
        """
        known, context = self._before(conversation.id, client_id)
        if known is not None:
            return known
        text = clean_text(raw_text)
        return self._store(conversation, client_id, "text", text, self._read(text, context))

    def receive_button(self, conversation: Conversation, client_id: str, button_id: str) -> Received:
        """The same for a quick reply. Raises UnknownButton, ConversationGone."""
        known, _ = self._before(conversation.id, client_id)
        if known is not None:
            return known
        with self._database.transaction() as session:
            button = repository.button(session, conversation.id, button_id)
        if button is None:
            raise UnknownButton("that button does not belong to this conversation")
        reading = self._guarded(button.title, lambda: self._reader.read_payload(button.payload, button.title))
        return self._store(conversation, client_id, "button", button.title, reading)

    def _before(self, conversation_id: UUID, client_id: str) -> tuple[Received | None, Context]:
        with self._database.transaction() as session:
            known = repository.message_of_client_id(session, conversation_id, client_id)
            if known is not None:
                return Received(known.id, known.seq, duplicate=True), Context()
            return None, context_of(repository.latest(session, conversation_id, CONTEXT_MESSAGES))

    def _read(self, text: str, context: Context) -> Reading:
        return self._guarded(text, lambda: self._reader.read(text, context))

    def _guarded(self, text: str, read: Callable[[], Reading]) -> Reading:
        try:
            return read()
        except Exception as error:  # whatever it is, the message must still be screened and stored
            log.error("reading a message failed (%s); screened by the rules alone", type(error).__name__)
            return rules_only_reading(text, self._rules)

    def _store(
        self, conversation: Conversation, client_id: str, kind: Kind, text: str, reading: Reading
    ) -> Received:
        now = self._clock()
        with self._database.transaction() as session:
            locked = repository.conversation(session, conversation.id, lock=True)
            if locked is None or locked.deleted_at is not None:
                raise ConversationGone("this conversation has ended")
            known = repository.message_of_client_id(session, conversation.id, client_id)
            if known is not None:
                return Received(known.id, known.seq, duplicate=True)
            help_texts = self._help_texts(conversation, reading)
            message_id, seq = repository.add_patient_message(
                session,
                conversation_id=conversation.id,
                kind=kind,
                text=text,
                client_id=client_id,
                reading=reading,
                custom={"urgent_help_sent": bool(help_texts)},
                now=now,
            )
            self._open_cases(session, conversation, message_id, reading, now)
            self._add_urgent_help(session, conversation.id, message_id, help_texts, now)
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
            )
            case_service.open_case(session, trigger, now)

    def _help_texts(self, conversation: Conversation, reading: Reading) -> list[Draft]:
        """The urgent words that this reading calls for: strongest concern first, one for each category."""
        strongest: dict[Category, Concern] = {}
        for concern in reading.concerns:
            strongest.setdefault(concern.category, concern)
        if Category.SUICIDAL in strongest:
            strongest.pop(Category.MOOD, None)
        drafts = []
        for concern in strongest.values():
            text = self._words.urgent_help(concern.category.value, concern.tier, conversation.region)
            if text:
                custom = {"tier": concern.tier}
                drafts.append(Draft("urgent_help", text, concern=concern.category.value, custom=custom))
        return drafts

    def _add_urgent_help(
        self,
        session: SqlSession,
        conversation_id: UUID,
        message_id: UUID,
        drafts: Sequence[Draft],
        now: datetime,
    ) -> None:
        for draft in drafts:
            assert draft.concern is not None
            tier = draft.custom["tier"]
            since = now - URGENT_HELP_PAUSE
            if not repository.urgent_help_since(session, conversation_id, draft.concern, tier, since):
                repository.add_assistant_message(session, conversation_id, draft, message_id, now)

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

    def delete_content(self, conversation_id: UUID) -> Erased:
        """Empty all messages, end the session, delete Rasa's record; open cases keep the words that they quote."""
        now = self._clock()
        with self._database.transaction() as session:
            repository.conversation(session, conversation_id, lock=True)
            kept = case_service.erase_content(session, conversation_id, now)
            emptied = repository.erase(session, conversation_id, now)
            repository.erase_tracker(session, conversation_id)
        return Erased(emptied, tuple(case.reference for case in kept))
