"""Telegram's way out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.sending import Blocked, Outgoing, Refused, SendingFailed, TryLater
from bot.channels.shown import Shown, shown
from bot.channels.telegram.client import close_bot
from bot.channels.telegram.rendering import Part, parts_of
from bot.content.facts import FactBook

# Telegram takes about 30 messages a second from one bot.
MOST_A_SECOND: Final = 25
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
# What Telegram says when the chat is not there for us any more, beside its 403.
_GONE: Final = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")


@dataclass
class Pacer:
    """Lets callers through one after the other, at most so many a second."""

    per_second: float
    _next: float = 0.0

    async def wait(self) -> None:
        now = time.monotonic()
        at = max(self._next, now)
        self._next = at + 1 / self.per_second
        await asyncio.sleep(at - now)


class TelegramSender:
    """Sends texts into private chats; addresses are BOT:CHAT."""

    def __init__(self, bot: Bot, bot_id: str, facts: FactBook) -> None:
        self._bot = bot
        self._bot_id = bot_id
        self._facts = facts
        self._pacer = Pacer(MOST_A_SECOND)

    def parts(self, outgoing: Outgoing) -> Sequence[Part]:
        if outgoing.message is not None:
            return parts_of(shown(outgoing.message, self._facts))
        return parts_of(Shown("", str(outgoing.delivery.payload.get("text", "")), (), ()))

    async def send(self, outgoing: Outgoing, part: Part) -> str:
        chat = self._chat(outgoing.recipient)
        await self._pacer.wait()
        try:
            return await self._post(chat, part)
        except TelegramError as error:
            raise failure(error) from None

    async def typing(self, recipient: str) -> None:
        await self._bot.send_chat_action(self._chat(recipient), ChatAction.TYPING)

    async def close(self) -> None:
        await close_bot(self._bot)

    def _chat(self, recipient: str) -> int:
        bot_id, _, chat = recipient.partition(":")
        if bot_id != self._bot_id:
            raise Refused("the patient wrote to another bot")
        return int(chat)

    async def _post(self, chat: int, part: Part) -> str:
        message: dict[str, object] = {"chat_id": chat, "link_preview_options": _NO_PREVIEW}
        if part.rows:
            message["reply_markup"] = InlineKeyboardMarkup(
                [
                    [InlineKeyboardButton(title, callback_data=data) for title, data in row]
                    for row in part.rows
                ]
            )
        try:
            return await self._call({**message, "text": part.html, "parse_mode": ParseMode.HTML})
        except BadRequest as error:
            if "parse" not in error.message.lower():
                raise
            # Better without markup than not at all.
            return await self._call({**message, "text": part.plain})

    async def _call(self, message: dict[str, object]) -> str:
        """The new message's number. The answer is taken raw: what is odd in it must not have the message sent twice."""
        result: Any = await self._bot.do_api_request("sendMessage", api_kwargs=message)
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""


def failure(error: TelegramError) -> SendingFailed:
    """What Telegram's error means for a delivery. Its own words are left out: they may quote what was sent."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return TryLater("too many messages (429)", retry_after=seconds)
    if isinstance(error, Forbidden):
        return Blocked("the patient has blocked the bot (403)")
    if isinstance(error, BadRequest):
        if any(words in error.message.lower() for words in _GONE):
            return Blocked("the chat is gone (400)")
        return Refused("Telegram does not take this message (400)")
    if isinstance(error, ChatMigrated):
        return Refused("the chat has become a group")
    if isinstance(error, InvalidToken):
        return TryLater("Telegram does not accept the bot's token (401)")
    if isinstance(error, TimedOut):
        return TryLater("no answer in time")
    if isinstance(error, NetworkError):
        return TryLater("Telegram cannot be reached or has a fault")
    return TryLater(f"Telegram's answer makes no sense ({type(error).__name__})")
