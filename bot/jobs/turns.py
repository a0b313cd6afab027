"""One dialogue turn: the patient's stored message goes to Rasa, the replies are stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from bot.cases.domain import Case
from bot.conversations.rules_only import UNREAD
from bot.conversations.service import utc_now
from bot.conversations.turns import Turn, store_replies, waiting_turn
from bot.conversations.values import Conversation, Draft
from bot.database import Database
from bot.jobs.rasa_client import RasaAnswer, RasaClient, RasaFailed
from bot.jobs.without_rasa import APOLOGY, Speak, case_notice, replies_without_rasa
from bot.understanding.parse_data import to_parse_data
from bot.understanding.reading import Reading

log = logging.getLogger(__name__)


class TurnRunner:
    """Runs turns. The queue's lock keeps those of one conversation in order, one at a time."""

    def __init__(
        self,
        database: Database,
        rasa: RasaClient,
        speak: Speak,
        *,
        show_typing: Callable[[Conversation], None] = lambda conversation: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._show_typing = show_typing
        self._database = database
        self._rasa = rasa
        self._speak = speak
        self._clock = clock

    async def run_turn(self, conversation_id: UUID, message_id: UUID) -> None:
        """Answer one message, once: a message that has been answered is left alone.

        Raises DatabaseUnavailable; the job is then tried again.
        """
        turn = await asyncio.to_thread(waiting_turn, self._database, conversation_id, message_id)
        if turn is None:
            return
        self._show_typing(turn.conversation)
        drafts = await self._replies(turn)
        await asyncio.to_thread(store_replies, self._database, turn, drafts, self._clock())

    async def _replies(self, turn: Turn) -> list[Draft]:
        reading = turn.message.reading
        if reading is None or reading.intent == UNREAD:
            return [Draft("apology", APOLOGY)]
        cases = _cases_of(reading, turn.cases)
        try:
            answer = await self._ask_rasa(turn, reading)
        except RasaFailed as error:
            log.warning("turn %s answered without Rasa: %s", turn.message.id, error)
            return replies_without_rasa(reading, cases, self._speak)
        if answer.failed_actions:
            log.warning("turn %s: actions failed: %s", turn.message.id, ", ".join(answer.failed_actions))
        return _drafts(answer, reading.topics, cases)

    async def _ask_rasa(self, turn: Turn, reading: Reading) -> RasaAnswer:
        return await self._rasa.turn(
            sender=str(turn.conversation.id),
            text=turn.message.text,
            parse_data=to_parse_data(reading),
            metadata={
                "region": turn.conversation.region,
                "message_id": str(turn.message.id),
                "channel": turn.conversation.channel,
                "urgent_help_sent": bool(turn.message.custom.get("urgent_help_sent")),
            },
        )


def _cases_of(reading: Reading, cases: Sequence[Case]) -> list[Case]:
    """The unresolved cases that hold this message's concerns."""
    categories = {concern.category.value for concern in reading.concerns}
    return [case for case in cases if case.category in categories]


def _drafts(answer: RasaAnswer, topics: tuple[str, ...], cases: Sequence[Case]) -> list[Draft]:
    drafts = [
        Draft("answer", message.text, buttons=message.buttons, topics=topics, custom=message.custom)
        for message in answer.messages
    ]
    if answer.failed_actions and cases:
        drafts.insert(0, case_notice(cases))
    return drafts
