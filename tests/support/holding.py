"""A patient, clinicians and a clock that a test moves: for tests of who has a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

from bot.accounts.users import create_user
from bot.conversations import hand_over, turns
from bot.conversations.hand_over import Terms
from bot.conversations.hold_words import HoldWords
from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Draft, Message
from bot.database import Database
from bot.safety.regions import load_regions
from tests.support.reader import DATA, KeywordReader
from tests.support.world import new_conversation, rows, service_over

MINUTE = timedelta(minutes=1)


def terms(minutes: int = 30, phone: str = "(555) 010-0199") -> Terms:
    words = HoldWords("your dermatology clinic", phone, load_regions(Path(DATA) / "regions"), "US")
    return Terms(timedelta(minutes=minutes), words)


@dataclass(frozen=True)
class Clinician:
    """As the desk has somebody who is signed in."""

    id: UUID
    name: str
    email: str


def new_clinician(database: Database, name: str) -> Clinician:
    email = f"{uuid4().hex[:8]}@clinic.example"
    with database.transaction() as session:
        return Clinician(
            create_user(session, email, name, "clinician", "a long password for tests"), name, email
        )


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Chat:
    """One widget patient's conversation, straight at the service; every step takes a second."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    reader: KeywordReader = field(default_factory=KeywordReader)
    terms: Terms = field(default_factory=terms)

    def __post_init__(self) -> None:
        self.service: ConversationService = service_over(
            self.database, self.reader, self.clock, terms=self.terms, alert_channels=("slack",)
        )
        self.conversation: Conversation = new_conversation(self.service)
        self.id = self.conversation.id

    # --- the patient

    def says(self, text: str) -> Message:
        self.clock.pass_(timedelta(seconds=1))
        return self._message(self.service.receive_text(self.conversation, uuid4().hex, text).message_id)

    def presses(self, title: str) -> Message:
        self.clock.pass_(timedelta(seconds=1))
        button = next(b for m in reversed(self.messages()) for b in m.buttons if b.title == title)
        received = self.service.receive_button(self.conversation, uuid4().hex, button.id)
        return self._message(received.message_id)

    # --- the worker

    def turn(self, message: Message, *drafts: Draft, text: str = "an answer") -> bool:
        """Run the message's turn; whether its replies were kept."""
        turn = turns.waiting_turn(self.database, self.id, message.id)
        return turn is not None and self.finish(turn, *(drafts or (Draft("answer", text),)))

    def begin(self, message: Message) -> turns.Turn:
        turn = turns.waiting_turn(self.database, self.id, message.id)
        assert turn is not None
        return turn

    def finish(self, turn: turns.Turn, *drafts: Draft) -> bool:
        self.clock.pass_(timedelta(seconds=1))
        replies = drafts or (Draft("answer", "an answer"),)
        return turns.store_replies(self.database, turn, replies, self.clock())

    def chore(self) -> int:
        self.clock.pass_(timedelta(seconds=1))
        return hand_over.return_overdue(self.database, self.clock(), terms=self.terms)

    # --- the clinician

    def take(self, who: Clinician, *, take_over: bool = False) -> hand_over.Hold:
        self.clock.pass_(timedelta(seconds=1))
        with self.database.transaction() as session:
            return hand_over.take(
                session, self.id, who.id, self.clock(), take_over=take_over, terms=self.terms
            )

    def reply(self, who: Clinician, text: str) -> UUID:
        self.clock.pass_(timedelta(seconds=1))
        with self.database.transaction() as session:
            return hand_over.reply(session, self.id, who, text, self.clock(), terms=self.terms)

    def give_back(self, who: Clinician) -> bool:
        self.clock.pass_(timedelta(seconds=1))
        with self.database.transaction() as session:
            return hand_over.give_back(session, self.id, who.email, self.clock(), terms=self.terms)

    def holder(self) -> hand_over.Hold | None:
        with self.database.transaction() as session:
            return hand_over.holder(session, self.id, self.clock())

    def reach(self) -> hand_over.Reach:
        with self.database.transaction() as session:
            return hand_over.reach(session, self.id, self.clock())

    # --- what is stored

    def messages(self) -> Sequence[Message]:
        return self.service.history(self.id, 0)

    def notices(self) -> list[str]:
        """The names of the notices, in order."""
        return [message.custom["notice"] for message in self.messages() if message.kind == "notice"]

    def last(self) -> Message:
        return self.messages()[-1]

    def events(self, *kinds: str) -> list[tuple[str, str, dict[str, object]]]:
        """(kind, actor, details) of the cases' trails, these kinds only."""
        found = rows(
            self.database,
            "SELECT e.kind, e.actor, e.details FROM case_events e JOIN cases c ON c.id = e.case_id"
            " WHERE c.conversation_id = :c ORDER BY e.id",
            c=self.id,
        )
        return [(event.kind, event.actor, event.details) for event in found if event.kind in kinds]

    def _message(self, message_id: UUID) -> Message:
        return next(message for message in self.messages() if message.id == message_id)
