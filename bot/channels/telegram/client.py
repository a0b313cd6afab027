"""The Bot API's client."""

from __future__ import annotations

import logging
import warnings
from typing import Final

from telegram import Bot
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.channels.telegram.config import TelegramConfig

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 6.0
CONNECTIONS: Final = 16


def make_bot(config: TelegramConfig) -> Bot:
    """A client that asks nothing by itself: it needs no `initialize`, which would. Close it with `close_bot`.

    The library logs addresses, which hold the token, and answers, which hold texts: it is silenced.
    """
    for name in ("telegram", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Where answers are wanted raw, it would rather make objects of them.
    warnings.filterwarnings("ignore", "Please use 'Bot", PTBUserWarning)
    return Bot(
        config.token,
        base_url=f"{config.api_url}/bot",
        base_file_url=f"{config.api_url}/file/bot",
        request=_requests(CONNECTIONS, ANSWER_SECONDS),
        get_updates_request=_requests(1, ANSWER_SECONDS),
    )


def _requests(connections: int, seconds: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=seconds,
        write_timeout=seconds,
        connect_timeout=CONNECT_SECONDS,
        pool_timeout=ANSWER_SECONDS,
    )


async def close_bot(bot: Bot) -> None:
    """Also for a bot that was never initialised, which its own `shutdown` leaves open."""
    for request in bot._request:
        await request.shutdown()
