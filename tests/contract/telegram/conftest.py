"""The front door with Telegram switched on, and a strict stand-in of the Bot API for python-telegram-bot's client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.database import Database
from bot.settings import Settings
from tests.support.reader import DATA
from tests.support.servers import RasaStandIn, free_port
from tests.support.telegram_bot_api import TOKEN, BotApi
from tests.support.telegram_chat import SECRET, Chat


@pytest.fixture(scope="module")
def api_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def bot_api(api_port: int) -> Iterator[BotApi]:
    found = BotApi()
    with found.up(api_port):
        yield found


@pytest.fixture
def api(bot_api: BotApi) -> Iterator[BotApi]:
    yield bot_api
    bot_api.reset()


@pytest.fixture(scope="module")
def settings(database_url: str, api_port: int) -> Settings:
    return Settings(
        database_url=database_url,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_token=RasaStandIn.token,
        secret_key="a-secret-key-for-tests-0123456789abcdef",
        public_url="https://assistant.clinic.example",
        telegram_bot_token=TOKEN,
        telegram_webhook_secret=SECRET,
        telegram_api_url=f"http://127.0.0.1:{api_port}",
        turn_timeout_seconds=2.0,
        data_dir=Path(DATA),
    )


@pytest.fixture(scope="module")
def polling(settings: Settings) -> Settings:
    return replace(settings, telegram_mode="polling", public_url="")


@pytest.fixture
def chat(door: str, database: Database, api: BotApi) -> Iterator[Chat]:
    found = Chat(door, database, api)
    yield found
    found.http.close()
