"""Asks Slack whether the app is installed as it must be, and the care desk whether it knows its clinicians."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.accounts.users import enabled_user
from bot.channels.slack.failures import code_of
from bot.channels.slack.setup import SOCKET, SlackSetup
from bot.channels.slack.web_api import close, ready, web_client
from bot.errors import AssistantError

# As in deploy/slack-manifest.yml.
SCOPES: Final = frozenset({"app_mentions:read", "chat:write", "commands", "im:history", "im:write"})


class SlackTrouble(AssistantError):
    """Slack or the care desk does not have what the settings say. One line, with the fix."""


async def ask_slack(setup: SlackSetup) -> list[str]:
    """Who we are at Slack. Raises SlackTrouble."""
    client = ready(web_client(setup))
    try:
        answer = await client.auth_test()
        missing = SCOPES - _scopes(answer.headers)
        if missing:
            raise SlackTrouble(
                f"SLACK_BOT_TOKEN: the app lacks the scopes {', '.join(sorted(missing))}. "
                "Add them under OAuth & Permissions and install the app again"
            )
        lines = [f"workspace {answer.get('team')} ({answer.get('team_id')}), as {answer.get('user')}"]
        if setup.mode == SOCKET:
            await _open_socket(client, setup.app_token)
            lines.append("Socket Mode: the app-level token is taken")
        return lines
    except SlackApiError as error:
        raise SlackTrouble(
            f"SLACK_BOT_TOKEN: Slack refuses it ({code_of(error)}). Copy it again from OAuth & Permissions"
        ) from None
    except (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise SlackTrouble(
            f"SLACK_API_URL: Slack does not answer ({type(error).__name__}). Look at the connection and the proxy"
        ) from None
    finally:
        await close(client)


async def _open_socket(client: AsyncWebClient, app_token: str) -> None:
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise SlackTrouble(
            f"SLACK_APP_TOKEN: Slack refuses it ({code_of(error)}). Make one with the scope connections:write "
            "under Basic Information, and switch Socket Mode on"
        ) from None


def _scopes(headers: Mapping[str, str]) -> set[str]:
    """What the token may do; everything needed where Slack does not say."""
    given = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return set(SCOPES) if given is None else {scope.strip() for scope in given.split(",")}


def check_clinicians(session: Session, setup: SlackSetup) -> str:
    """That everybody who may act has an account that may. Raises SlackTrouble."""
    unknown = [mail for mail in setup.clinicians.values() if enabled_user(session, mail) is None]
    if unknown:
        raise SlackTrouble(
            f"SLACK_CLINICIANS: no enabled account at the care desk for {', '.join(sorted(unknown))}. "
            "Add it with `python -m bot user add`, or take it out"
        )
    return "the clinicians have accounts at the care desk"
