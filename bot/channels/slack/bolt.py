"""slack_bolt, set up for us: it checks signature and age of each request, and answers only after we have stored."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.answers import SlackAnswers
from bot.channels.slack.blocks import SlackMessage, section
from bot.channels.slack.presses import after_press
from bot.channels.slack.setup import SlackSetup
from bot.channels.slack.web_api import close, quiet, ready, web_client
from bot.channels.slack.words import NOT_SAVED
from bot.database import DatabaseUnavailable

log = logging.getLogger(__name__)

_ANY: Final = re.compile(".*", re.DOTALL)
# Slack sends an event four times in all, the last one after five minutes.
_LAST_RETRY: Final = "3"

_Result = TypeVar("_Result")
Ack = Callable[..., Awaitable[BoltResponse]]
Body = dict[str, Any]


class SlackApp:
    """The Bolt app with its listeners. Belongs to one event loop."""

    def __init__(self, setup: SlackSetup, answers: SlackAnswers) -> None:
        self._answers = answers
        self._client: AsyncWebClient = web_client(setup)
        self._running: set[asyncio.Task[None]] = set()
        self.bolt = AsyncApp(
            name="slack",
            logger=quiet,
            signing_secret=setup.signing_secret,
            authorize=_authorize_with(setup.bot_token),
            # The answer to Slack waits for the listener, and with it for the commit.
            process_before_response=True,
            attaching_conversation_kwargs_enabled=False,
        )
        self._listen()

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        return await self.bolt.async_dispatch(request)

    async def close(self) -> None:
        """Ends what still runs; it was only for show."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await close(self._client)

    def _listen(self) -> None:
        app = self.bolt
        app.middleware(self._rate_limited)
        app.event("message")(self._message)
        app.event("app_mention")(self._mention)
        app.event("app_home_opened")(self._home_opened)
        app.event("app_uninstalled")(self._uninstalled)
        app.event("tokens_revoked")(self._revoked)
        app.event(_ANY)(self._something_else)
        app.command(_ANY)(self._command)
        app.action({"type": "block_actions", "action_id": _ANY})(self._pressed)
        app.error(self._failed)

    # --- listeners: Bolt finds their arguments by name

    async def _message(self, body: Body, request: AsyncBoltRequest) -> None:
        try:
            await _in_thread(self._answers.message, body)
        except DatabaseUnavailable:
            if request.headers.get("x-slack-retry-num", [""])[0] == _LAST_RETRY:
                self._start(self._not_saved(body))
            raise

    async def _mention(self, body: Body) -> None:
        await _in_thread(self._answers.mention, body)

    async def _home_opened(self, body: Body) -> None:
        await _in_thread(self._answers.home_opened, body)

    async def _uninstalled(self, body: Body) -> None:
        log.error(
            "Slack: the app was uninstalled; patients cannot be answered there until it is installed again"
        )

    async def _revoked(self, body: Body) -> None:
        if (body["event"].get("tokens") or {}).get("bot"):
            log.error("Slack: the bot's token was revoked; install the app again and set SLACK_BOT_TOKEN")

    async def _something_else(self, body: Body) -> None:
        """Reactions, joins and the like: nothing to do, and nothing for Slack to send again."""

    async def _command(self, body: Body, ack: Ack) -> None:
        try:
            text = await _in_thread(self._answers.command, body)
        except DatabaseUnavailable:
            log.error("Slack: a command could not be stored")
            text = f"{NOT_SAVED} {self._answers.words.emergency}"
        await ack(response_type="ephemeral", **SlackMessage(text, (section(text),)).arguments())

    async def _pressed(self, body: Body, ack: Ack) -> None:
        if await _in_thread(self._answers.pressed, body):
            self._start(self._show_press(body))
        await ack()

    async def _rate_limited(self, body: Body, next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        if body.get("type") == "app_rate_limited":
            log.error("Slack: more than 30,000 events in an hour; some were not delivered to us")
            return BoltResponse(status=200, body="")
        await next()
        return None

    async def _failed(self, error: Exception, response: BoltResponse | None) -> BoltResponse:
        """Slack shall send it again; nothing of it goes into a log."""
        log.error("Slack: a request could not be handled (%s)", type(error).__name__)
        return BoltResponse(status=503 if isinstance(error, DatabaseUnavailable) else 500, body="")

    # --- for show, after the store: nothing is lost when it does not work

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _show_press(self, body: Body) -> None:
        """The pressed button turns into words."""
        content = after_press(body)
        if content is None:
            return
        try:
            await ready(self._client).chat_update(**content)
        except (SlackClientError, OSError, asyncio.TimeoutError) as error:
            log.warning("Slack: a pressed button could not be shown as pressed (%s)", type(error).__name__)

    async def _not_saved(self, body: Body) -> None:
        """Slack gives up, and so must the patient: told past the store, which is down."""
        event = body.get("event") or {}
        text = f"{NOT_SAVED} {self._answers.words.emergency}"
        if event.get("channel_type") != "im" or not event.get("user") or event.get("bot_id"):
            return
        try:
            await ready(self._client).chat_postMessage(
                channel=event["channel"],
                unfurl_links=False,
                unfurl_media=False,
                **SlackMessage(text).arguments(),
            )
        except (SlackClientError, OSError, asyncio.TimeoutError) as error:
            log.error(
                "Slack: a patient could not be told that a message was not saved (%s)", type(error).__name__
            )


def _authorize_with(bot_token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Known without asking Slack: an event must be taken in also when Slack's Web API is down."""

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=context.enterprise_id, team_id=context.team_id, bot_token=bot_token
        )

    return authorize


async def _in_thread(work: Callable[[Body], _Result], body: Body) -> _Result:
    return await asyncio.to_thread(work, body)
