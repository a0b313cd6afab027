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
from bot.gateway.rendering import told_item

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
    """`message` events (id = seq), `typing` ({"typing": bool}), `case` (what the clinic has), `end` (it is over).

    `case` comes once when the stream opens and then whenever it changes.

    A heartbeat comment keeps proxies from closing a quiet stream; on each one the store is asked again, so that
    a lost notification costs seconds, not a message.
    """
    typing = False
    case: dict[str, Any] | str | None = "unknown"
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    with changes.subscribe(str(conversation.id)) as changed:
        while not changes.closed:
            changed.clear()
            try:
                now = await run_in_threadpool(service.state, conversation.id, after)
            except DatabaseUnavailable:
                now = None
            for message in now.messages if now else ():
                after = message.seq
                yield sse("message", render(message), message.seq)
            if now and now.waiting != typing:
                typing = now.waiting
                yield sse("typing", {"typing": typing})
            if now and now.exists and told_item(now.told) != case:
                case = told_item(now.told)
                yield sse("case", case)
            left = _seconds_left(conversation, clock())
            exists = now is None or now.exists
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
