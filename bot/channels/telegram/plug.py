"""Telegram among the channels. The library is loaded only where it is needed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.inbox import Platform
from bot.channels.plug import ChannelParts, Door, ExtraProcess
from bot.channels.sending import Sender
from bot.channels.telegram.config import CHANNEL, TelegramConfig, telegram_config
from bot.content.facts import FactBook
from bot.settings import Settings


class TelegramChannel:
    """Private chats with one bot."""

    name = CHANNEL

    def check(self, settings: Settings) -> str:
        config = telegram_config(settings)
        if config is None:
            return ""
        return f"webhook at {config.webhook_url}" if config.mode == "webhook" else "polling"

    def takes_alerts(self, settings: Settings) -> bool:
        return False

    def door(self, parts: ChannelParts) -> Door:
        from bot.channels.telegram.client import close_bot, make_bot
        from bot.channels.telegram.webhook import TelegramWebhook

        config = _config(parts.settings)
        bot = make_bot(config)
        inbox = parts.inbox(Platform(CHANNEL, "Telegram", "/delete"))
        webhook = TelegramWebhook(inbox, bot, config.bot_id, config.secret)
        return Door((webhook.route(),), lambda: close_bot(bot))

    def sender(self, settings: Settings, facts: FactBook) -> Sender:
        from bot.channels.telegram.client import make_bot
        from bot.channels.telegram.sender import TelegramSender

        config = _config(settings)
        return TelegramSender(make_bot(config), config.bot_id, facts)

    def processes(self, settings: Settings) -> Sequence[ExtraProcess]:
        if _config(settings).mode == "webhook":
            return ()
        return (ExtraProcess("Telegram polling", "bot.channels.telegram.polling", "telegram.log"),)


def _config(settings: Settings) -> TelegramConfig:
    config = telegram_config(settings)
    assert config is not None, "only asked for when Telegram is switched on"
    return config
