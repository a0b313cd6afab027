"""A clinic with people on call: the escalation's real parts over a real database, with a clock that tests turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from bot.cases import repository as cases
from bot.cases import service as case_service
from bot.cases.domain import Case, Event, Trigger
from bot.channels.apprise.sender import AppriseSender
from bot.conversations import repository as conversations
from bot.conversations.values import Conversation, Message
from bot.database import Database
from bot.escalation import store
from bot.escalation.links import CaseLinks
from bot.escalation.page_keeper import PageKeeper
from bot.escalation.pages import CHANNEL, PAGE, PAGE_ALARM
from bot.escalation.patient_truth import PatientTruth
from bot.escalation.patient_words import PatientWords
from bot.escalation.policy import Policy
from bot.escalation.runner import Runner
from bot.jobs.deliveries import Courier
from bot.settings import Settings
from tests.support.world import rows, service_over

SECRET = "a-secret-key-for-tests-0123456789abcdef"
DESK = "https://assistant.clinic.example"

# The page of each stream whose turn it is, and whether another one waits behind it.
_HEADS = """
    SELECT DISTINCT ON (stream) stream, COALESCE(lease_until, next_attempt_at) AS at,
        count(*) OVER (PARTITION BY stream) > 1 AS followed
    FROM deliveries WHERE channel = 'apprise' AND status IN ('pending', 'sending') ORDER BY stream, id
"""


class OnCall:
    """`now` is the time; `pass_by` lets it go on, with everything that happens on the way."""

    def __init__(self, database: Database, policy: Policy | None, now: datetime) -> None:
        self.now = now
        self.database = database
        self.links = CaseLinks(SECRET, DESK)
        self._senders: dict[str, Any] = {}
        keeper = PageKeeper(policy)
        if policy is not None:
            self._senders[CHANNEL] = AppriseSender(
                policy, database, self.links, "Elm Street Clinic", clock=self.clock
            )
        self.courier = Courier(
            database, self._senders, keepers={PAGE: keeper, PAGE_ALARM: keeper}, clock=self.clock
        )
        words = PatientWords.load(Settings(clinic_name="Elm Street Clinic", clinic_phone="020 7946 0000"))
        self.runner = Runner(database, policy, PatientTruth(words))
        self.service = service_over(database, clock=self.clock)

    def clock(self) -> datetime:
        return self.now

    def conversation(self, channel: str = "widget") -> Conversation:
        if channel == "widget":
            session = self.service.start(
                channel="widget", region="UK", language="en", lifetime=timedelta(days=30)
            )
            return self.service.of_token(session.token)
        return self.service.of_address(channel=channel, external_id=uuid4().hex, region="UK", language="en")

    def says(self, conversation: Conversation, text: str) -> Case:
        """The patient writes; the most urgent case of the conversation."""
        self.service.receive_text(conversation, uuid4().hex, text)
        self.work()
        with self.database.transaction() as session:
            return cases.unresolved_of(session, conversation.id)[0]

    def opens(self, text: str = "I think I am pregnant") -> Case:
        return self.says(self.conversation(), text)

    def acknowledges(self, case: Case, who: str = "ana@clinic.example") -> None:
        with self.database.transaction() as session:
            case_service.acknowledge(session, case.id, who, self.now)
        self.work()

    def resolves(self, case: Case, who: str = "ana@clinic.example") -> None:
        with self.database.transaction() as session:
            case_service.resolve(session, case.id, who, "spoke with the patient", self.now)
        self.work()

    def work(self) -> None:
        """What a worker does in this moment."""
        while True:
            self.runner.look_at_due(self.now)
            waiting = rows(
                self.database,
                f"SELECT stream FROM ({_HEADS}) AS heads WHERE at <= :now OR followed",
                now=self.now,
            )
            if not waiting:
                with self.database.transaction() as session:
                    if not store.due(session, self.now, 1):
                        return

            asyncio.run(self._send([row.stream for row in waiting]))

    async def _send(self, streams: Sequence[str]) -> None:
        await asyncio.gather(*(self.courier.send_stream(stream) for stream in streams))

    def pass_by(self, *, idle: bool = False, **time: float) -> None:
        """Let time go by; `idle`: no worker is there meanwhile."""
        end = self.now + timedelta(**time)
        while not idle:
            following = self._next()
            if following is None or following >= end:
                break
            self.now = max(following, self.now)
            self.work()
        self.now = end
        if not idle:
            self.work()

    def _next(self) -> datetime | None:
        found = rows(
            self.database,
            "SELECT min(at) AS at FROM (SELECT next_step_at AS at FROM cases UNION ALL"
            f" SELECT at FROM ({_HEADS}) AS heads) AS times",
        )
        at: datetime | None = found[0].at
        return at

    # --- what there is to see

    def case(self, case: Case) -> Case:
        with self.database.transaction() as session:
            found = cases.by_id(session, case.id)
        assert found is not None
        return found

    def events(self, case: Case, *kinds: str) -> list[Event]:
        with self.database.transaction() as session:
            found = cases.events(session, case.id)
        return [event for event in found if not kinds or event.kind in kinds]

    def messages(self, case: Case, name: str = "") -> list[Message]:
        """What the patient was told, or the notices of one name."""
        with self.database.transaction() as session:
            found = conversations.latest(session, case.conversation_id, 100)
        return [
            message
            for message in found
            if message.author == "assistant" and (not name or message.custom.get("notice") == name)
        ]

    def deliveries(self, case: Case) -> list[sa.engine.Row]:
        return rows(self.database, "SELECT * FROM deliveries WHERE case_id = :id ORDER BY id", id=case.id)


def trigger(conversation_id: UUID, message_id: UUID, tier: int, category: str) -> Trigger:
    return Trigger(
        conversation_id, message_id, "widget", category, tier, "words", 0, 5, "test", "test-1", "front door"
    )


def policy_of(folder: Path, text: str) -> Policy:
    path = folder / "policy.yml"
    path.write_text(text, encoding="utf-8")
    return Policy.load(path, {})
