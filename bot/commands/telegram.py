"""`python -m bot telegram …`: tell Telegram where this assistant is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from telegram import Bot

from bot.channels.telegram import setup
from bot.channels.telegram.client import close_bot, make_bot
from bot.channels.telegram.config import TelegramConfig, telegram_config
from bot.errors import SettingError
from bot.settings import Settings


def set_webhook(settings: Settings) -> list[str]:
    """Raises SettingError, TelegramRefused."""
    config = _config(settings)
    if config.mode != "webhook":
        fix = "Leave it out and set PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET, or let `serve` poll"
        raise SettingError("TELEGRAM_MODE", "is polling: there is no webhook to set", fix)
    return _ask(config, lambda bot: _one(setup.set_webhook(bot, config)))


def delete_webhook(settings: Settings) -> list[str]:
    """Raises SettingError, TelegramRefused."""
    return _ask(_config(settings), lambda bot: _one(setup.delete_webhook(bot)))


def status(settings: Settings) -> list[str]:
    """Raises SettingError, TelegramRefused."""
    config = _config(settings)
    return _ask(config, lambda bot: setup.status(bot, config))


def _config(settings: Settings) -> TelegramConfig:
    config = telegram_config(settings)
    if config is None:
        raise SettingError("TELEGRAM_BOT_TOKEN", "is not set", "Set it to the token from BotFather")
    return config


async def _one(line: Awaitable[str]) -> list[str]:
    return [await line]


def _ask(config: TelegramConfig, question: Callable[[Bot], Awaitable[list[str]]]) -> list[str]:
    async def ask() -> list[str]:
        bot = make_bot(config)
        try:
            return await question(bot)
        finally:
            await close_bot(bot)

    return asyncio.run(ask())
