"""What happens among the cases, as server-sent events for pages of the desk that are open.

The stream names cases; what is to be shown of them a page asks for by itself. One browser needs one stream: its tabs
share it (desk.js).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.cases import inbox
from bot.cases.inbox import Urgent
from bot.cases.words import CATEGORIES
from bot.database import DatabaseUnavailable
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts
from bot.gateway.events import HEARTBEAT_SECONDS, RECONNECT_MILLISECONDS, sse
from bot.gateway.requests import sequence_number

# What changes together is told together.
GATHER_SECONDS: Final = 0.25
# Lines of the trail get their numbers before they are committed: a smaller one may come into sight after a larger.
LOOK_BACK: Final = 200


@dataclass
class UrgentNews:
    """Says once of each urgent case that it is there. `after`: the last line of the trail that is known."""

    after: int
    known: set[int] = field(default_factory=set)
    started: bool = False

    @property
    def since(self) -> int:
        return max(0, self.after - LOOK_BACK)

    def new(self, found: Sequence[Urgent]) -> list[Urgent]:
        if not self.started:
            self.started = True
            self.known = {urgent.event for urgent in found if urgent.event <= self.after}
        fresh = [urgent for urgent in found if urgent.event not in self.known]
        self.known = {urgent.event for urgent in found}
        self.after = max([self.after, *self.known])
        return fresh


@dataclass(frozen=True)
class LivePages:
    """/desk/events"""

    parts: DeskParts
    heartbeat_seconds: float = HEARTBEAT_SECONDS

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [guard.route("/desk/events", self.events, Right.WORK_CASES, background=True)]

    async def events(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/events?after=N: `changed` ({"cases": ids, or null for any}), `urgent`, `beat`. No patient's words.

        `after` is the last line of the trail that the page has; a browser that connects again says so by itself.
        """
        again = request.headers.get("last-event-id")
        after = sequence_number(again or request.query_params.get("after"), "after")
        return StreamingResponse(
            self._stream(after, missed=again is not None),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
        )

    async def _stream(self, after: int, *, missed: bool) -> AsyncIterator[str]:
        changes, urgent = self.parts.changes, UrgentNews(after)
        yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
        with changes.follow_cases() as news:
            latest = await self._look(urgent)
            if missed or (latest is not None and latest[0] > after):
                news.add(None)
            while not changes.closed:
                changed = news.take()
                if latest is not None:
                    after = latest[0]
                    for one in latest[1]:
                        yield sse("urgent", _item(one), after)
                if changed is None or changed:
                    yield sse("changed", {"cases": None if changed is None else sorted(changed)}, after)
                try:
                    await asyncio.wait_for(news.event.wait(), self.heartbeat_seconds)
                    await asyncio.sleep(GATHER_SECONDS)
                except asyncio.TimeoutError:
                    if not changes.listening:
                        news.add(None)
                    yield sse("beat", {})
                latest = await self._look(urgent)

    async def _look(self, urgent: UrgentNews) -> tuple[int, list[Urgent]] | None:
        """The last line of the trail and what is newly urgent; None while the database does not answer."""
        try:
            last, found = await run_in_threadpool(self._read, urgent.since)
        except DatabaseUnavailable:
            return None
        return last, urgent.new(found)

    def _read(self, since: int) -> tuple[int, list[Urgent]]:
        with self.parts.database.transaction() as session:
            return inbox.latest_event(session), inbox.urgent_after(session, since)


def _item(urgent: Urgent) -> dict[str, str]:
    case = urgent.case
    return {"case": str(case.id), "reference": case.reference, "concern": CATEGORIES[case.category]}
