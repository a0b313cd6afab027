"""What is told to Telegram once: where updates go, and which commands there are."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.channels.telegram.config import TelegramConfig
from bot.channels.telegram.sender import failure
from bot.channels.telegram.updates import WANTED
from bot.errors import AssistantError

# Telegram keeps the updates of one chat in order whatever this is.
CONNECTIONS: Final = 20
MENU: Final = (
    BotCommand("help", "How to use this chat, and whom to call"),
    BotCommand("privacy", "What is stored, and where"),
    BotCommand("delete", "Delete what you wrote here"),
)


class TelegramRefused(AssistantError):
    """Telegram did not do what was asked; the text says why in words for the operator."""


async def set_webhook(bot: Bot, config: TelegramConfig) -> str:
    """Have updates sent to our webhook; a line for the operator. What waits at Telegram is kept."""
    try:
        await bot.set_webhook(
            config.webhook_url,
            max_connections=CONNECTIONS,
            allowed_updates=WANTED,
            drop_pending_updates=False,
            secret_token=config.secret,
        )
        await bot.set_my_commands(MENU)
    except TelegramError as error:
        raise _refused(error) from None
    return f"Telegram sends its updates to {config.webhook_url}"


async def delete_webhook(bot: Bot) -> str:
    """Have updates kept at Telegram, for 24 hours at most; a line for the operator."""
    try:
        await bot.delete_webhook(drop_pending_updates=False)
    except TelegramError as error:
        raise _refused(error) from None
    return "Telegram sends its updates nowhere. It keeps them for 24 hours."


async def status(bot: Bot, config: TelegramConfig) -> list[str]:
    """Who the bot is and where its updates go, as Telegram says; lines for the operator."""
    try:
        me, webhook = await bot.get_me(), await bot.get_webhook_info()
    except TelegramError as error:
        raise _refused(error) from None
    lines = [f"bot: @{me.username} ({me.first_name}), number {me.id}"]
    if me.can_join_groups:
        lines.append("groups: it can be added to groups; BotFather's /setjoingroups turns that off")
    wanted = config.webhook_url if config.mode == "webhook" else ""
    lines.append(f"updates go to: {webhook.url or '(nowhere: polling)'}")
    if webhook.url != wanted:
        command = "set-webhook" if wanted else "delete-webhook"
        lines.append(f"  but TELEGRAM_MODE is {config.mode}: run `python -m bot telegram {command}`")
    lines.append(f"updates that wait at Telegram: {webhook.pending_update_count}")
    if webhook.last_error_date is not None:
        at = webhook.last_error_date.astimezone(timezone.utc)
        lines.append(f"last error, {_time(at)}: {webhook.last_error_message}")
    return lines


def _refused(error: TelegramError) -> TelegramRefused:
    reason = failure(error)
    return TelegramRefused(
        f"Telegram did not do it: {reason}. Check TELEGRAM_BOT_TOKEN, PUBLIC_URL and TELEGRAM_API_URL, and try again"
    )


def _time(at: datetime) -> str:
    return at.strftime("%-d %b %Y, %H:%M UTC")
