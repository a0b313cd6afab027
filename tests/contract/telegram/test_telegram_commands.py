"""`python -m bot telegram …` and what it tells Telegram."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.support.telegram_bot_api import BotApi, refusal
from tests.support.telegram_chat import SECRET

ROOT = Path(__file__).resolve().parents[3]


def telegram(settings: Settings, command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    env = {
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token,
        "TELEGRAM_WEBHOOK_SECRET": settings.telegram_webhook_secret,
        "TELEGRAM_API_URL": settings.telegram_api_url,
        "PUBLIC_URL": settings.public_url,
        "TELEGRAM_MODE": settings.telegram_mode,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", "telegram", command],
        cwd=ROOT,
        env={**os.environ, **env, **changes},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_set_status_and_delete(settings: Settings, api: BotApi) -> None:
    done = telegram(settings, "set-webhook")
    assert (done.returncode, done.stderr) == (0, "")
    assert api.webhook["url"] == "https://assistant.clinic.example/channels/telegram/webhook"
    assert api.webhook["secret_token"] == SECRET
    assert set(api.webhook["allowed_updates"]) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }
    assert api.commands == ["help", "privacy", "delete"]

    done = telegram(settings, "status")
    assert done.returncode == 0
    assert "@northside_iso_bot" in done.stdout and api.webhook["url"] in done.stdout
    assert "last error" in done.stdout and "but TELEGRAM_MODE" not in done.stdout

    assert telegram(settings, "delete-webhook").returncode == 0
    assert api.webhook == {}
    done = telegram(settings, "status")
    assert "run `python -m bot telegram set-webhook`" in done.stdout


def test_what_is_missing_is_named(settings: Settings, api: BotApi) -> None:
    for command, changes, words in (
        (
            "status",
            {"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_WEBHOOK_SECRET": ""},
            "TELEGRAM_BOT_TOKEN: is not set",
        ),
        ("set-webhook", {"PUBLIC_URL": ""}, "PUBLIC_URL: is not set"),
        ("set-webhook", {"TELEGRAM_MODE": "polling"}, "TELEGRAM_MODE: is polling"),
    ):
        done = telegram(settings, command, **changes)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(words) and done.stderr.count("\n") == 1
    assert api.calls == []


@pytest.mark.parametrize(
    ("status", "words"), [(401, "does not accept the bot's token"), (500, "cannot be reached")]
)
def test_what_telegram_says_is_one_line_without_the_token(
    settings: Settings, api: BotApi, status: int, words: str
) -> None:
    async def behave(method: str, values: dict[str, str]) -> object:
        return refusal(status, "something")

    api.behave = behave  # type: ignore[assignment]
    done = telegram(settings, "set-webhook")
    assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1
    assert settings.telegram_bot_token not in done.stderr + done.stdout
