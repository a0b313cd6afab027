"""Sends what is in the outbox: in order for each stream, at least once, until it is there or hopeless."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.cases import service as case_service
from bot.channels.sending import Blocked, Outgoing, Refused, Sender, TryLater
from bot.conversations import repository as conversations
from bot.conversations.service import utc_now
from bot.conversations.values import Conversation
from bot.database import Database, DatabaseUnavailable
from bot.outbox import repository as outbox
from bot.outbox.keeper import Keeper, Standing
from bot.outbox.patience import LEASE, LONGEST_TRY, is_hopeless, next_attempt
from bot.outbox.send_queue import enqueue_sending
from bot.outbox.values import Delivery, Status

log = logging.getLogger(__name__)
# One provider call; the lease is renewed after each.
LONGEST_CALL_SECONDS: Final = LEASE.total_seconds() * 0.6
# A job that runs for longer than the longest job allowed would be taken for lost.
MOST_IN_A_JOB: Final = 15
MOST_FAULTS: Final = 5
TYPING_SECONDS: Final = 3.0


class Courier:
    """Sends streams. The queue's lock lets one job work on a stream, and the row's lease guards against two.

    `keepers` look after kinds of deliveries that need more than being sent.
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        *,
        keepers: Mapping[str, Keeper] = MappingProxyType({}),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._senders = senders
        self._keepers = keepers
        self._clock = clock
        self._asides: set[asyncio.Task[None]] = set()

    async def send_stream(self, stream: str) -> None:
        """Send what waits in a stream, until it is empty or has to wait. Raises DatabaseUnavailable."""
        for _ in range(MOST_IN_A_JOB):
            outgoing = await asyncio.to_thread(self._take, stream)
            if outgoing is None:
                return
            await self._send(outgoing)
        await asyncio.to_thread(self._go_on, stream)

    def show_typing(self, conversation: Conversation) -> None:
        """Let the patient see that an answer is being written. Nothing waits for it, nothing fails with it."""
        sender = self._senders.get(conversation.channel)
        if sender is not None and conversation.external_id is not None:
            task = asyncio.create_task(_typing(sender, conversation.external_id))
            self._asides.add(task)
            task.add_done_callback(self._asides.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._asides, return_exceptions=True)
        for sender in self._senders.values():
            await sender.close()

    def _go_on(self, stream: str) -> None:
        with self._database.transaction() as session:
            enqueue_sending(session, stream)

    def _take(self, stream: str) -> Outgoing | None:
        """The stream's next delivery, leased; None when there is none, or none that may be tried now."""
        now = self._clock()
        while True:
            with self._database.transaction() as session:
                delivery = outbox.head(session, stream)
                if delivery is None or self._leased(session, delivery, now):
                    return None
                # Put in after the rest was blocked. It tries the recipient again, so the oldest has to do it:
                # else this one would arrive before what it follows.
                if outbox.revive_before(session, delivery, now - LONGEST_TRY, now):
                    continue
                outgoing = self._outgoing(session, delivery)
                standing = self._standing(session, delivery)
                if outgoing is None or standing is Standing.CANCEL:
                    outbox.finish(session, delivery, Status.CANCELLED, None, now)
                elif standing is Standing.GIVE_UP:
                    self._give_up(session, delivery, delivery.problem or "never tried in time", now)
                elif delivery.status is Status.PENDING and delivery.next_attempt_at > now:
                    return None
                elif self._hopeless(delivery, now):
                    self._give_up(session, delivery, delivery.problem or "never tried in time", now)
                else:
                    taken = outbox.take(session, delivery, now)
                    return Outgoing(taken, outgoing.message, outgoing.conversation, outgoing.repeated)

    @staticmethod
    def _leased(session: Session, delivery: Delivery, now: datetime) -> bool:
        if delivery.lease_until is None or delivery.lease_until <= now:
            return False
        # Whoever holds it may be dead: somebody has to look again.
        enqueue_sending(session, delivery.stream, delivery.lease_until)
        return True

    def _standing(self, session: Session, delivery: Delivery) -> Standing:
        keeper = self._keepers.get(delivery.kind)
        return Standing.SEND if keeper is None else keeper.standing(session, delivery)

    def _hopeless(self, delivery: Delivery, at: datetime) -> bool:
        keeper = self._keepers.get(delivery.kind)
        patience = LONGEST_TRY if keeper is None else keeper.patience(delivery)
        return is_hopeless(delivery.created_at, delivery.attempts, at, patience)

    @staticmethod
    def _outgoing(session: Session, delivery: Delivery) -> Outgoing | None:
        """The delivery with its message; None when the message has been deleted."""
        message = conversation = None
        if delivery.conversation_id is not None:
            conversation = conversations.conversation(session, delivery.conversation_id)
            if conversation is None or conversation.deleted_at is not None:
                return None
        if delivery.message_id is not None:
            message = conversations.message(session, delivery.message_id)
            if message is None or not message.text:
                return None
        return Outgoing(delivery, message, conversation, repeated=delivery.attempts > 0)

    async def _send(self, outgoing: Outgoing) -> None:
        delivery = outgoing.delivery
        try:
            sender = self._senders.get(delivery.channel)
            if sender is None:
                raise TryLater("the channel is not switched on")
            for part in list(sender.parts(outgoing))[len(delivery.provider_ids) :]:
                provider_id = await self._call(sender, outgoing, part)
                if not await asyncio.to_thread(self._part_sent, delivery, provider_id):
                    return
        except TryLater as error:
            await asyncio.to_thread(self._postpone, delivery, str(error), error.retry_after)
        except Blocked as error:
            await asyncio.to_thread(self._block, delivery, str(error))
        except Refused as error:
            await asyncio.to_thread(self._refuse, delivery, str(error))
        except DatabaseUnavailable:
            raise
        except (
            Exception
        ) as error:  # a fault of ours: it must neither be lost nor hold up what comes after it for long
            problem = f"fault: {type(error).__name__}"
            log.error("sending delivery %s failed (%s)", delivery.id, problem)
            if delivery.attempts < MOST_FAULTS:
                await asyncio.to_thread(self._postpone, delivery, problem, None)
            else:
                await asyncio.to_thread(self._refuse, delivery, problem)
        else:
            await asyncio.to_thread(self._sent, delivery)

    @staticmethod
    async def _call(sender: Sender, outgoing: Outgoing, part: Any) -> str:
        try:
            return await asyncio.wait_for(sender.send(outgoing, part), LONGEST_CALL_SECONDS)
        except asyncio.TimeoutError:
            raise TryLater("no answer in time") from None

    # --- what came of it

    def _part_sent(self, delivery: Delivery, provider_id: str) -> bool:
        with self._database.transaction() as session:
            return outbox.part_sent(session, delivery, provider_id, self._clock())

    def _sent(self, delivery: Delivery) -> None:
        now, keeper = self._clock(), self._keepers.get(delivery.kind)
        with self._database.transaction() as session:
            if outbox.finish(session, delivery, Status.SENT, None, now) and keeper is not None:
                keeper.sent(session, delivery, now)

    def _postpone(self, delivery: Delivery, problem: str, retry_after: float | None) -> None:
        now = self._clock()
        at = next_attempt(now, delivery.attempts, retry_after)
        with self._database.transaction() as session:
            if self._hopeless(delivery, at):
                self._give_up(session, delivery, problem, now)
            else:
                outbox.postpone(session, delivery, problem, at)

    def _refuse(self, delivery: Delivery, problem: str) -> None:
        with self._database.transaction() as session:
            self._give_up(session, delivery, problem, self._clock())

    def _block(self, delivery: Delivery, problem: str) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            if not outbox.finish(session, delivery, Status.BLOCKED, problem, now):
                return
            waiting = outbox.block_stream(session, delivery.stream, problem, now)
            self._tell_desk(session, delivery, problem, now)
        log.error(
            "delivery %s on %s is blocked by its recipient (%s); %d more stay back",
            delivery.id,
            delivery.channel,
            problem,
            waiting,
        )

    def _give_up(self, session: Session, delivery: Delivery, problem: str, now: datetime) -> None:
        if outbox.finish(session, delivery, Status.DEAD, problem, now):
            self._tell_desk(session, delivery, problem, now)
            log.error(
                "delivery %s on %s is given up after %d attempts (%s)",
                delivery.id,
                delivery.channel,
                delivery.attempts,
                problem,
            )

    def _tell_desk(self, session: Session, delivery: Delivery, problem: str, now: datetime) -> None:
        """Write it where clinicians see it."""
        keeper = self._keepers.get(delivery.kind)
        if keeper is not None:
            keeper.given_up(session, delivery, problem, now)
        elif delivery.case_id is not None:
            case_service.notification_failed(
                session, delivery.case_id, now, channel=delivery.channel, problem=problem
            )
        elif delivery.conversation_id is not None:
            case_service.patient_unreached(
                session, delivery.conversation_id, now, channel=delivery.channel, problem=problem
            )


async def _typing(sender: Sender, recipient: str) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(sender.typing(recipient), TYPING_SECONDS)
