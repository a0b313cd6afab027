"""`python -m bot.channels.telegram.polling`: fetches updates for a machine that Telegram cannot reach.

It hands each update to the front door's own webhook, in order, and tells Telegram only then that it has it. So there is
one way in, and the reader is in memory once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from typing import Any, Final

import httpx
from telegram import Bot
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram.client import ANSWER_SECONDS, close_bot, make_bot
from bot.channels.telegram.config import WEBHOOK_PATH, telegram_config
from bot.channels.telegram.sender import failure
from bot.channels.telegram.setup import MENU
from bot.channels.telegram.updates import WANTED
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.errors import AssistantError, SettingError
from bot.process_logs import configure_logs
from bot.settings import Settings

log = logging.getLogger(__name__)

# Telegram holds the answer back until there is an update, so long at most.
HOLD_SECONDS: Final = 25
FIRST_WAIT_SECONDS: Final = 1.0
LONGEST_WAIT_SECONDS: Final = 30.0


class Poller:
    """One bot's updates, from Telegram to the front door."""

    def __init__(self, bot: Bot, http: httpx.AsyncClient, front_door: str, secret: str) -> None:
        self._bot = bot
        self._http = http
        self._url = front_door + WEBHOOK_PATH
        self._headers = {SECRET_HEADER: secret}
        self._offset: int | None = None
        self._wait = FIRST_WAIT_SECONDS

    async def run(self) -> None:
        """For ever. No failure ends it: what was not handed over is fetched again."""
        while True:
            try:
                for update in await self._fetch():
                    await self._hand_over(update)
                    self._offset = update["update_id"] + 1
                self._wait = FIRST_WAIT_SECONDS
            except RetryAfter as error:
                await asyncio.sleep(getattr(failure(error), "retry_after", None) or self._wait)
            except Conflict:
                # A webhook is set, or another program polls for the same bot.
                log.warning(
                    "another program takes this bot's updates, or a webhook is set; trying to remove it"
                )
                await self._pause()
                with contextlib.suppress(TelegramError):
                    await self._bot.delete_webhook(drop_pending_updates=False)
            except TelegramError as error:
                log.warning("no updates from Telegram: %s", failure(error))
                await self._pause()
            except httpx.HTTPError as error:
                log.warning("the front door did not take an update (%s)", type(error).__name__)
                await self._pause()

    async def start(self) -> None:
        """Tell Telegram that updates are fetched, and which commands there are; until it has understood."""
        while True:
            try:
                await self._bot.delete_webhook(drop_pending_updates=False)
                await self._bot.set_my_commands(MENU)
                return
            except TelegramError as error:
                log.warning("Telegram does not answer: %s", failure(error))
                await self._pause()

    async def _fetch(self) -> list[dict[str, Any]]:
        """Raw, as Telegram would send them: what the library does not know must go through too."""
        wanted: dict[str, object] = {"timeout": HOLD_SECONDS, "allowed_updates": list(WANTED)}
        if self._offset is not None:
            wanted["offset"] = self._offset
        updates: Any = await self._bot.do_api_request(
            "getUpdates", api_kwargs=wanted, read_timeout=HOLD_SECONDS + ANSWER_SECONDS
        )
        return list(updates)

    async def _hand_over(self, update: dict[str, Any]) -> None:
        """Raises httpx.HTTPError while the front door does not take it."""
        response = await self._http.post(self._url, json=update, headers=self._headers)
        if response.status_code in (400, 413):
            # Nor would it the next time, and the others wait behind it.
            log.error(
                "an update from Telegram is left out: the front door refuses it (%d)", response.status_code
            )
            return
        response.raise_for_status()

    async def _pause(self) -> None:
        await asyncio.sleep(self._wait)
        self._wait = min(self._wait * 2, LONGEST_WAIT_SECONDS)


async def main(settings: Settings) -> None:
    """Raises SettingError when Telegram is not set up for polling."""
    config = telegram_config(settings)
    if config is None or config.mode != "polling":
        raise SettingError(
            "TELEGRAM_MODE", "is not polling", "Set it, or run `python -m bot telegram set-webhook`"
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    front_door = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    bot = make_bot(config)
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        poller = Poller(bot, http, front_door, config.secret)
        running = asyncio.ensure_future(_both(poller))
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, running.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await running
        finally:
            await close_bot(bot)


async def _both(poller: Poller) -> None:
    await poller.start()
    await poller.run()


if __name__ == "__main__":
    configure_logs()
    try:
        asyncio.run(main(Settings.from_env()))
    except AssistantError as error:
        sys.exit(str(error))
