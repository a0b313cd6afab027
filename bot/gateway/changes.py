"""News from PostgreSQL: one LISTEN connection wakes every stream whose conversation or case has changed."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

log = logging.getLogger(__name__)

# Set by triggers (migrations/): a conversation's id when its messages change, a case's id when its page would.
CHANNEL: Final = "conversation_changed"
CASES: Final = "case_changed"
# Nobody reads so many ids: whoever is that far behind looks at everything again.
_MOST_CASES: Final = 100
_RECONNECT_SECONDS: Final = 1.0


class CaseNews:
    """Which cases have changed since the last look. Belongs to one event loop."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._changed: set[str] = set()
        self._everything = False

    def add(self, case_id: str | None) -> None:
        """None: any of them may have."""
        self._changed.add(case_id or "")
        self._everything = self._everything or case_id is None or len(self._changed) > _MOST_CASES
        self.event.set()

    def take(self) -> set[str] | None:
        """The ids since the last call; None when any case may have changed."""
        found = None if self._everything else self._changed
        self._changed, self._everything = set(), False
        self.event.clear()
        return found


class Changes:
    """Wakes subscribers. Belongs to one event loop; only `close` may be called from elsewhere.

    `listening` is False while PostgreSQL cannot tell us anything: streams look by themselves then.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._subscribers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._desks: set[CaseNews] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        self.listening = False

    async def run(self) -> None:
        """Listen until cancelled. After a lost connection everyone is woken: news may have been missed."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=5,
                    keepalives_idle=15,
                    keepalives_interval=5,
                    keepalives_count=3,
                )
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await connection.execute(f"LISTEN {CASES}")
                    self.listening = True
                    self._wake_all()
                    async for notification in connection.notifies():
                        self._wake(notification.channel, notification.payload)
            except psycopg.Error as error:
                log.warning("news from PostgreSQL interrupted (%s); connecting again", type(error).__name__)
            finally:
                self.listening = False
            await asyncio.sleep(_RECONNECT_SECONDS)

    @contextmanager
    def subscribe(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the conversation may have changed."""
        event = asyncio.Event()
        self._subscribers[conversation_id].add(event)
        try:
            yield event
        finally:
            self._subscribers[conversation_id].discard(event)
            if not self._subscribers[conversation_id]:
                del self._subscribers[conversation_id]

    @contextmanager
    def follow_cases(self) -> Iterator[CaseNews]:
        """What changes among all cases."""
        news = CaseNews()
        self._desks.add(news)
        try:
            yield news
        finally:
            self._desks.discard(news)

    def count(self, conversation_id: str) -> int:
        """How many streams follow this conversation."""
        return len(self._subscribers.get(conversation_id, ()))

    def count_desks(self) -> int:
        """How many streams follow the cases."""
        return len(self._desks)

    def close(self) -> None:
        """Tell every stream to end: the process is stopping. May be called from a signal handler."""
        self.closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake(self, channel: str, payload: str) -> None:
        if channel == CASES:
            for news in self._desks:
                news.add(payload)
        for event in self._subscribers.get(payload, ()) if channel == CHANNEL else ():
            event.set()

    def _wake_all(self) -> None:
        for events in self._subscribers.values():
            for event in events:
                event.set()
        for news in self._desks:
            news.add(None)
