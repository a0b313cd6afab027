"""Sends a page through Apprise. Its calls block and answer with yes or no only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from bot.channels.apprise.provider import Provider
from bot.channels.sending import Outgoing, Refused
from bot.conversations.service import utc_now
from bot.database import Database
from bot.escalation import store
from bot.escalation.links import CaseLinks
from bot.escalation.pages import PageText, page_text
from bot.escalation.policy import Address, Policy

log = logging.getLogger(__name__)

# Slow providers wait in threads of their own, not in those that everything else in the worker uses.
THREADS: Final = 16


class AppriseSender:
    """The way out of the outbox's channel "apprise". One page is one part.

    Apprise does not say why a provider did not take something: all of that is tried again, for as long as the page's
    keeper allows. Only an address that cannot be used at all is refused.
    """

    def __init__(
        self,
        policy: Policy,
        database: Database,
        links: CaseLinks,
        clinic: str,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._policy = policy
        self._database = database
        self._links = links
        self._clinic = clinic
        self._clock = clock
        self._provider = Provider()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")

    def parts(self, outgoing: Outgoing) -> Sequence[Any]:
        return ("page",)

    async def send(self, outgoing: Outgoing, part: Any) -> str:
        """The page's stamp. Raises TryLater, Refused."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._send, outgoing)

    def _send(self, outgoing: Outgoing) -> str:
        delivery = outgoing.delivery
        address = self._address(delivery.payload["person"], delivery.payload["address"])
        text = self._text(outgoing)
        urgent = delivery.payload["tier"] == 1
        self._provider.send(address.url, text.title, text.body, delivery.key, urgent=urgent)
        return text.stamp

    def _address(self, person_id: str, index: int) -> Address:
        person = self._policy.people.get(person_id)
        if person is None or index >= len(person.addresses):
            raise Refused("the policy has no such address any more")
        return person.addresses[index]

    def _text(self, outgoing: Outgoing) -> PageText:
        delivery, now = outgoing.delivery, self._clock()
        if delivery.case_id is None:
            raise Refused("no case to page about")
        with self._database.transaction() as session:
            case = store.by_id(session, delivery.case_id)
        if case is None:
            raise Refused("no case to page about")
        failed = delivery.payload.get("failed_person")
        person = self._policy.people.get(failed) if failed else None
        return page_text(
            case,
            delivery,
            clinic=self._clinic,
            link=self._links.to_case(case.id, now),
            show_category=self._policy.show_category,
            failed=person.name if person is not None else failed or "",
        )

    async def typing(self, recipient: str) -> None:
        """Nobody on the other side waits for an answer being written."""

    async def close(self) -> None:
        # A call under way has its own time limit; nothing waits for it.
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._database.dispose()
