"""Slack's own client, set up for us: no tries of its own (the outbox has them), no words in logs, one session."""

from __future__ import annotations

import logging
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.setup import SlackSetup

# Ends before the outbox gives the call up.
CALL_SECONDS: Final = 9

# The libraries' lines may hold what was sent.
quiet: Final = logging.getLogger("slack.quiet")
quiet.setLevel(logging.CRITICAL + 1)


def web_client(setup: SlackSetup) -> AsyncWebClient:
    return AsyncWebClient(
        token=setup.bot_token, base_url=setup.api_url, timeout=CALL_SECONDS, retry_handlers=[], logger=quiet
    )


def ready(client: AsyncWebClient) -> AsyncWebClient:
    """The client with a session of the running loop. Slack's makes a new connection for every call without one."""
    if client.session is None or client.session.closed:
        client.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=CALL_SECONDS), trust_env=False
        )
    return client


async def close(client: AsyncWebClient) -> None:
    if client.session is not None:
        await client.session.close()
