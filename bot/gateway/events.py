"""A conversation as server-sent events: its messages from where the page left off, then each new one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Message
from bot.database import DatabaseUnavailable
from bot.gateway.changes import Changes

HEARTBEAT_SECONDS: Final = 15.0
RECONNECT_MILLISECONDS: Final = 2_000


def sse(event: str, data: Any, event_id: int | None = None) -> str:
    """One event. JSON keeps the data on one line."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def event_stream(
    service: ConversationService,
    changes: Changes,
    conversation: Conversation,
    after: int,
    render: Callable[[Message], dict[str, Any]],
    clock: Callable[[], datetime],
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> AsyncIterator[str]:
    """`message` events (id = seq), `typing` events ({"typing": bool}), `end` when the session is over.

    A heartbeat comment keeps proxies from closing a quiet stream; on each one the store is asked again, so that
    a lost notification costs seconds, not a message.
    """
    typing = False
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    with changes.subscribe(str(conversation.id)) as changed:
        while not changes.closed:
            changed.clear()
            try:
                messages, waiting, exists = await run_in_threadpool(service.state, conversation.id, after)
            except DatabaseUnavailable:
                messages, waiting, exists = [], typing, True
            for message in messages:
                after = message.seq
                yield sse("message", render(message), message.seq)
            if waiting != typing:
                typing = waiting
                yield sse("typing", {"typing": typing})
            left = _seconds_left(conversation, clock())
            if not exists or left <= 0:
                yield sse("end", {"reason": "expired" if exists else "deleted"})
                return
            try:
                await asyncio.wait_for(changed.wait(), min(heartbeat_seconds, left))
            except asyncio.TimeoutError:
                yield ": still here\n\n"


def _seconds_left(conversation: Conversation, now: datetime) -> float:
    expires = conversation.token_expires_at
    return 0.0 if expires is None else (expires - now).total_seconds()
