"""Telegram's way in: POST /channels/telegram/webhook, by Telegram itself or by our polling process."""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.inbox import Arrival, Command, Inbox, Outcome
from bot.channels.telegram.config import WEBHOOK_PATH
from bot.channels.telegram.updates import COMMANDS, Incoming, read_update
from bot.database import DatabaseUnavailable

log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
PRIVATE_ONLY: Final = (
    "I only talk in private chats, so that nobody else reads about your health. Please write to me directly. "
    "I am leaving this group now."
)
TOASTS: Final = {
    Outcome.REPEATED: "You have pressed that already.",
    Outcome.UNKNOWN_BUTTON: "That button is too old. Please write your question.",
}
_GROUP_PAUSE_SECONDS: Final = 3600.0
_MOST_GROUPS: Final = 1000


@dataclass
class TelegramWebhook:
    """Each update is stored before it is acknowledged; what cannot be stored is not, and Telegram sends it again."""

    inbox: Inbox
    bot: Bot
    bot_id: str
    secret: str
    _groups: OrderedDict[int, float] = field(default_factory=OrderedDict)

    def route(self) -> Route:
        return Route(WEBHOOK_PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return JSONResponse({"detail": "The secret token is missing or wrong."}, 403)
        data = _update_data(await request.body())
        if data is None:
            return JSONResponse({"detail": "This is not an update."}, 400)
        try:
            incoming = read_update(data)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            # What is wrong with it would be wrong the next time too.
            log.error("an update from Telegram cannot be read (%s)", type(error).__name__)
            return Response()
        try:
            outcome = await run_in_threadpool(self._take, incoming, data["update_id"])
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            log.error("an update from Telegram could not be stored (%s)", type(error).__name__)
            return JSONResponse({"detail": "Not stored. Send it again."}, 503, headers={"Retry-After": "5"})
        return Response(background=BackgroundTask(self._after, incoming, outcome))

    def _take(self, incoming: Incoming, update_id: int) -> Outcome | None:
        """What became of an update; None for one that is not a patient's."""
        address = f"{self.bot_id}:{incoming.chat}"
        arrival = Arrival(address, f"{self.bot_id}:{update_id}")
        if incoming.kind == "text":
            return self.inbox.text(arrival, incoming.text)
        if incoming.kind == "edited":
            return self.inbox.edited(arrival, incoming.text)
        if incoming.kind == "unsupported":
            return self.inbox.unsupported(arrival, incoming.what, incoming.text)
        if incoming.kind == "press":
            return self.inbox.press(arrival, incoming.text)
        if incoming.kind == "command":
            return self.inbox.command(arrival, _command(incoming.what))
        if incoming.kind == "left":
            self.inbox.left(address)
        elif incoming.kind == "returned":
            self.inbox.returned(address)
        return None

    async def _after(self, incoming: Incoming, outcome: Outcome | None) -> None:
        """What is said to Telegram itself, after the acknowledgement: nothing that a patient waits for."""
        try:
            if incoming.callback:
                toast = TOASTS.get(outcome) if outcome is not None else None
                await self.bot.answer_callback_query(incoming.callback, toast)
            if incoming.kind == "group" and self._not_told_lately(incoming.chat):
                await self.bot.send_message(incoming.chat, PRIVATE_ONLY)
                await self.bot.leave_chat(incoming.chat)
        except TelegramError as error:
            log.warning("Telegram did not take an answer to a %s (%s)", incoming.kind, type(error).__name__)

    def _not_told_lately(self, chat: int) -> bool:
        now = time.monotonic()
        if now - self._groups.get(chat, -_GROUP_PAUSE_SECONDS) < _GROUP_PAUSE_SECONDS:
            return False
        self._groups[chat] = now
        while len(self._groups) > _MOST_GROUPS:
            self._groups.popitem(last=False)
        return True


def _update_data(body: bytes) -> dict[str, Any] | None:
    """The update as JSON; None for what is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or type(data.get("update_id")) is not int:
        return None
    return data


def _command(name: str) -> Command:
    return next(command for command in COMMANDS if command == name)
