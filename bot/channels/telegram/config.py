"""What Telegram needs, out of the settings."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from bot.errors import SettingError
from bot.settings import Settings

CHANNEL: Final = "telegram"
WEBHOOK_PATH: Final = "/channels/telegram/webhook"
WEBHOOK: Final = "webhook"
POLLING: Final = "polling"
TELEGRAMS_PORTS: Final = (None, 443, 80, 88, 8443)


@dataclass(frozen=True)
class TelegramConfig:
    """`secret` comes with each update that is handed to the front door, by Telegram or by our own polling process."""

    token: str
    bot_id: str
    mode: Literal["webhook", "polling"]
    secret: str
    public_url: str
    api_url: str

    @property
    def webhook_url(self) -> str:
        return self.public_url + WEBHOOK_PATH


def telegram_config(settings: Settings) -> TelegramConfig | None:
    """None when Telegram is switched off.

    Raises:
        SettingError: it is set up by half; the line names what is missing.
    """
    token = settings.telegram_bot_token
    if not token:
        given = {
            "TELEGRAM_MODE": settings.telegram_mode,
            "TELEGRAM_WEBHOOK_SECRET": settings.telegram_webhook_secret,
        }
        for name, value in given.items():
            if value:
                fix = f"Set it to the token from BotFather, or leave {name} out"
                raise SettingError("TELEGRAM_BOT_TOKEN", f"is not set, but {name} is", fix)
        return None
    bot_id = token.partition(":")[0]
    if settings.telegram_mode == POLLING:
        secret = settings.telegram_webhook_secret or _own_secret(settings.secret_key)
        return TelegramConfig(token, bot_id, "polling", secret, "", settings.telegram_api_url)
    needed = {
        "PUBLIC_URL": settings.public_url,
        "TELEGRAM_WEBHOOK_SECRET": settings.telegram_webhook_secret,
    }
    for name, value in needed.items():
        if not value:
            fix = "Set it, or set TELEGRAM_MODE=polling for a machine without a public address"
            raise SettingError(name, "is not set, but TELEGRAM_BOT_TOKEN is", fix)
    if urlsplit(settings.public_url).port not in TELEGRAMS_PORTS:
        fix = "Use one of 443 (https without a port), 80, 88 and 8443, or TELEGRAM_MODE=polling"
        raise SettingError("PUBLIC_URL", "has a port to which Telegram sends nothing", fix)
    return TelegramConfig(
        token,
        bot_id,
        "webhook",
        settings.telegram_webhook_secret,
        settings.public_url,
        settings.telegram_api_url,
    )


def _own_secret(secret_key: str) -> str:
    """Known to our own processes only, and no help to guess the key."""
    return hmac.new(secret_key.encode(), b"telegram updates", hashlib.sha256).hexdigest()
