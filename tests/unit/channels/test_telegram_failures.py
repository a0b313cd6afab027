"""Telegram's errors, as what they mean for a delivery; and its limit on messages a second."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.sending import Blocked, Refused, TryLater
from bot.channels.telegram.sender import Pacer, failure


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Blocked),
        (BadRequest("Bad Request: chat not found"), Blocked),
        (BadRequest("Bad Request: PEER_ID_INVALID"), Blocked),
        (BadRequest("Bad Request: message is too long: I cry"), Refused),
        (ChatMigrated(-1), Refused),
        (InvalidToken("Unauthorized"), TryLater),
        (NetworkError("Bad Gateway"), TryLater),
        (TimedOut(), TryLater),
        (TelegramError("Invalid server response"), TryLater),
        (Conflict("Conflict"), TryLater),
    ],
)
def test_what_an_error_means(error: TelegramError, kind: type[Exception]) -> None:
    found = failure(error)
    assert type(found) is kind
    assert "I cry" not in str(found)
    assert getattr(found, "retry_after", None) is None


@pytest.mark.parametrize("wait", [7, timedelta(seconds=7)])
def test_a_wait_that_telegram_asks_for_is_kept(wait: int | timedelta) -> None:
    found = failure(RetryAfter(wait))
    assert isinstance(found, TryLater) and found.retry_after == 7


def test_no_more_a_second_than_allowed() -> None:
    pacer = Pacer(per_second=50)

    async def run() -> None:
        await asyncio.gather(*(pacer.wait() for _ in range(11)))

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began >= 0.19
