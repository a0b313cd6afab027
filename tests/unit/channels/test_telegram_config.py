"""Telegram's settings: off, whole, or refused with the name of what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.registry import check_channels, extra_processes, senders
from bot.channels.telegram.config import telegram_config
from bot.errors import SettingError
from bot.runtime.preflight import checks
from bot.settings import Settings
from tests.support.telegram_bot_api import TOKEN

SECRET = "a-secret-of-thirty-two-characters_0"
WHOLE = Settings(
    telegram_bot_token=TOKEN, telegram_webhook_secret=SECRET, public_url="https://assistant.clinic.example"
)


def test_nothing_set_is_switched_off() -> None:
    assert telegram_config(Settings()) is None
    assert telegram_config(Settings(public_url="https://assistant.clinic.example")) is None
    assert check_channels(Settings()) == "website only"
    assert senders(Settings(), None) == {}  # type: ignore[arg-type]


def test_a_webhook_needs_token_secret_and_address() -> None:
    config = telegram_config(WHOLE)
    assert config is not None
    assert config.webhook_url == "https://assistant.clinic.example/channels/telegram/webhook"
    assert (config.mode, config.secret, config.bot_id) == ("webhook", SECRET, "7012345678")
    assert "telegram: webhook at https://assistant" in check_channels(WHOLE)
    assert extra_processes(WHOLE) == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"telegram_webhook_secret": ""}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"public_url": "https://assistant.clinic.example:9443"}, "PUBLIC_URL"),
        ({"telegram_bot_token": ""}, "TELEGRAM_BOT_TOKEN"),
        (
            {"telegram_bot_token": "", "telegram_webhook_secret": "", "telegram_mode": "polling"},
            "TELEGRAM_BOT_TOKEN",
        ),
    ],
)
def test_set_up_by_half_it_is_refused_and_names_what_is_missing(changes: dict[str, str], name: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}: ") as caught:
        telegram_config(replace(WHOLE, **changes))
    assert SECRET not in str(caught.value) and TOKEN not in str(caught.value)
    (check,) = [check for title, check in checks(replace(WHOLE, **changes)) if title == "channels"]
    with pytest.raises(SettingError, match=f"^{name}: "):
        check()


def test_polling_needs_the_token_alone_and_has_a_process_and_a_secret_of_its_own() -> None:
    polling = Settings(telegram_bot_token=TOKEN, telegram_mode="polling", secret_key="k" * 40)
    config = telegram_config(polling)
    assert config is not None and config.mode == "polling"
    assert len(config.secret) == 64 and "kkk" not in config.secret
    assert config.secret != telegram_config(replace(polling, secret_key="j" * 40)).secret  # type: ignore[union-attr]
    (process,) = extra_processes(polling)
    assert process.module == "bot.channels.telegram.polling"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TELEGRAM_BOT_TOKEN", "hunter2", "not a bot's token"),
        ("TELEGRAM_MODE", "push", "neither webhook nor polling"),
        ("TELEGRAM_WEBHOOK_SECRET", "short", "too easy to guess"),
        ("TELEGRAM_WEBHOOK_SECRET", "hunter2!" * 5 + "abc", "does not take"),
        ("PUBLIC_URL", "http://assistant.clinic.example", "not an https address"),
        ("PUBLIC_URL", "https://", "not an https address"),
        ("TELEGRAM_API_URL", "api.telegram.org", "not an http address"),
    ],
)
def test_a_wrong_value_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=f"^{name}: ") as caught:
        Settings.from_env()
    assert words in str(caught.value) and "hunter2" not in str(caught.value)
