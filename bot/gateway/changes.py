"""News from PostgreSQL: one LISTEN connection wakes every stream whose conversation has changed."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

log = logging.getLogger(__name__)

# Set by the trigger on the messages table (migrations/).
CHANNEL: Final = "conversation_changed"
_RECONNECT_SECONDS: Final = 1.0


class Changes:
    """Wakes subscribers. Belongs to one event loop; only `close` may be called from elsewhere."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._subscribers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

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
                    self._wake_all()
                    async for notification in connection.notifies():
                        self._wake(notification.payload)
            except psycopg.Error as error:
                log.warning("news from PostgreSQL interrupted (%s); connecting again", type(error).__name__)
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

    def count(self, conversation_id: str) -> int:
        """How many streams follow this conversation."""
        return len(self._subscribers.get(conversation_id, ()))

    def close(self) -> None:
        """Tell every stream to end: the process is stopping. May be called from a signal handler."""
        self.closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake(self, conversation_id: str) -> None:
        for event in self._subscribers.get(conversation_id, ()):
            event.set()

    def _wake_all(self) -> None:
        for events in self._subscribers.values():
            for event in events:
                event.set()
