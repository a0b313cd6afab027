"""Without a public address: the polling process fetches updates and hands them to the front door, losing none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import free_port, front_door
from tests.support.telegram_bot_api import BotApi
from tests.support.telegram_chat import Chat, until

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def poller(settings: Settings, port: int) -> Iterator[subprocess.Popen[str]]:
    env = {
        **os.environ,
        "PORT": str(port),
        "SECRET_KEY": settings.secret_key,
        "TELEGRAM_MODE": settings.telegram_mode,
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token,
        "TELEGRAM_WEBHOOK_SECRET": settings.telegram_webhook_secret,
        "TELEGRAM_API_URL": settings.telegram_api_url,
    }
    found = subprocess.Popen(
        [sys.executable, "-m", "bot.channels.telegram.polling"],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield found
    finally:
        found.kill()
        found.wait(10)


def test_updates_are_fetched_in_order_through_faults_and_a_front_door_that_comes_later(
    polling: Settings, facts: FactBook, database: Database, api: BotApi
) -> None:
    faults = [PlainTextResponse("fault", 502), PlainTextResponse("fault", 500)]

    async def behave(method: str, values: dict[str, str]) -> Response | None:
        return faults.pop() if method == "getUpdates" and faults else None

    api.behave = behave
    api.webhook = {"url": "https://elsewhere.example/"}
    port = free_port()
    chat = Chat(f"http://127.0.0.1:{port}", database, api)
    texts = [f"wine {number}" for number in range(5)]
    for text in texts:
        api.updates.append(chat.update("message", text))
    with poller(polling, port) as process:
        until(lambda: api.webhook == {}, "the webhook is taken away", 90)
        until(lambda: not faults, "the faults have been met")
        with front_door(create_app(polling, KeywordReader(), rule_book(), facts, WORDS), port):
            until(lambda: chat.said() == texts, "all are stored, in order", 90)
            until(lambda: not api.updates, "Telegram is told that they are")
            api.updates.append(chat.update("photo"))
            until(lambda: chat.notices() == ["unsupported"], "a later one")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        out = process.stdout.read() if process.stdout else ""
    assert polling.telegram_bot_token not in out and "wine" not in out
    assert set(api.commands) == {"help", "privacy", "delete"}
    chat.http.close()


def test_a_killed_poller_loses_nothing_and_brings_nothing_twice(
    polling: Settings, facts: FactBook, database: Database, api: BotApi
) -> None:
    port = free_port()
    chat = Chat(f"http://127.0.0.1:{port}", database, api)
    with front_door(create_app(polling, KeywordReader(), rule_book(), facts, WORDS), port):
        for number in range(30):
            api.updates.append(chat.update("message", f"wine {number}"))
        with poller(polling, port) as process:
            until(lambda: len(chat.said()) >= 5, "some are stored", 90)
            process.kill()
        with poller(polling, port):
            until(lambda: not api.updates, "Telegram is told that all are there", 90)
    assert chat.said() == [f"wine {number}" for number in range(30)]
    chat.http.close()


def test_polling_without_being_set_up_for_it_is_one_line(settings: Settings) -> None:
    env = {**os.environ, "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token, "TELEGRAM_MODE": "webhook"}
    done = subprocess.run(
        [sys.executable, "-m", "bot.channels.telegram.polling"],
        cwd=ROOT,
        env=env,
        text=True,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode != 0
    assert "PUBLIC_URL" in done.stderr and done.stderr.count("\n") == 1
