"""The store's side of a dialogue turn: what it starts from, and how its replies are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bot.cases import repository as case_repository
from bot.cases.domain import Case
from bot.conversations import repository
from bot.conversations.rating import with_rating
from bot.conversations.values import Conversation, Draft, Message
from bot.database import Database

# Far enough back to know when the patient was last asked whether an answer helped.
RECENT_MESSAGES: Final = 30


@dataclass(frozen=True)
class Turn:
    """A patient's message that waits for its answer, and the conversation's unresolved cases (urgent first)."""

    conversation: Conversation
    message: Message
    cases: tuple[Case, ...]


def waiting_turn(database: Database, conversation_id: UUID, message_id: UUID) -> Turn | None:
    """The turn, or None when there is nothing to do: answered already, or the conversation was deleted."""
    with database.transaction() as session:
        conversation = repository.conversation(session, conversation_id)
        message = repository.message(session, message_id)
        if conversation is None or conversation.deleted_at is not None:
            return None
        if message is None or message.answered_at is not None:
            return None
        return Turn(conversation, message, tuple(case_repository.unresolved_of(session, conversation_id)))


def store_replies(database: Database, turn: Turn, drafts: Sequence[Draft], now: datetime) -> bool:
    """Keep a turn's replies and end it, once; False when it had ended meanwhile.

    When the conversation was deleted during the turn, nothing is kept and Rasa's new record of it goes too.
    """
    with database.transaction() as session:
        conversation = repository.conversation(session, turn.conversation.id, lock=True)
        if conversation is None or conversation.deleted_at is not None:
            repository.erase_tracker(session, turn.conversation.id)
            return False
        message = repository.message(session, turn.message.id)
        if message is None or message.answered_at is not None:
            return False
        recent = repository.latest(session, conversation.id, RECENT_MESSAGES)
        for draft in with_rating(drafts, message.reading, turn.cases, recent):
            repository.add_message_to_patient(session, conversation, draft, message.id, now)
        repository.mark_answered(session, message.id, now)
    return True
