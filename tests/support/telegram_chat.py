"""A patient's private chat in Telegram, as far as the front door sees it: updates in Telegram's documented shapes."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import sqlalchemy as sa

from bot.channels.telegram.config import WEBHOOK_PATH
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.database import Database
from tests.support.telegram_bot_api import BOT_ID, BotApi, Sent
from tests.support.world import rows

SECRET: Final = "webhook-secret-for-tests_0123456789"
PAYLOADS: Final = Path(__file__).resolve().parents[1] / "data" / "telegram"
ANA: Final = 581726354
_update_ids = itertools.count(900_000)
_chats = itertools.count(600_000_001)


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def names() -> list[str]:
    return sorted(path.stem for path in PAYLOADS.glob("*.json"))


def until(found: Callable[[], Any], what: str, seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.03)
    return value


class Chat:
    """One person's chat with the bot."""

    def __init__(self, door: str, database: Database, api: BotApi) -> None:
        self.id = next(_chats)
        self.address = f"{BOT_ID}:{self.id}"
        self.http = httpx.Client(base_url=door, trust_env=False, timeout=20)
        self._database = database
        self._api = api

    def update(self, name: str, text: str | None = None) -> dict[str, Any]:
        """The payload of that name as this person's, with an update id that was never used."""

        def mine(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: mine(inner) for key, inner in value.items()}
            if isinstance(value, list):
                return [mine(inner) for inner in value]
            return self.id if value == ANA and type(value) is int else value

        found: dict[str, Any] = mine(deepcopy(payload(name)))
        found["update_id"] = next(_update_ids)
        if text is not None:
            message = found.get("message") or found["edited_message"]
            message["text"] = text
        return found

    def post(self, update: dict[str, Any], secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return self.http.post(WEBHOOK_PATH, json=update, headers=headers)

    def send(self, name: str, text: str | None = None) -> dict[str, Any]:
        """Post that payload; the update."""
        update = self.update(name, text)
        response = self.post(update)
        assert response.status_code == 200, response.text
        return update

    def say(self, text: str) -> dict[str, Any]:
        return self.send("message", text)

    def press(self, data: str, name: str = "callback_query") -> dict[str, Any]:
        update = self.update(name)
        update["callback_query"]["data"] = data
        response = self.post(update)
        assert response.status_code == 200, response.text
        return update

    # --- what is in the database

    def conversation_id(self) -> UUID | None:
        found = rows(self._database, "SELECT id FROM conversations WHERE external_id = :a", a=self.address)
        return found[0].id if found else None

    def messages(self) -> list[sa.engine.Row]:
        return rows(
            self._database,
            "SELECT m.* FROM messages m JOIN conversations c ON c.id = m.conversation_id"
            " WHERE c.external_id = :a ORDER BY m.seq",
            a=self.address,
        )

    def said(self, author: str = "patient") -> list[str]:
        return [message.text for message in self.messages() if message.author == author]

    def notices(self) -> list[str]:
        return [message.custom["notice"] for message in self.messages() if message.kind == "notice"]

    def deliveries(self) -> list[sa.engine.Row]:
        conversation = self.conversation_id()
        return rows(
            self._database, "SELECT * FROM deliveries WHERE conversation_id = :c ORDER BY id", c=conversation
        )

    def cases(self) -> list[sa.engine.Row]:
        return rows(
            self._database,
            "SELECT * FROM cases WHERE conversation_id = :c ORDER BY category",
            c=self.conversation_id(),
        )

    def turns(self) -> int:
        return len(self.said())

    # --- what the person sees

    def shown(self) -> list[Sent]:
        return [sent for sent in self._api.sent if sent.chat == self.id]

    def wait_for(self, count: int, seconds: float = 40.0) -> list[Sent]:
        until(lambda: len(self.shown()) >= count, f"{count} messages, only {self.shown()}", seconds)
        return self.shown()


STORED: Final = ("conversations", "messages", "cases", "inbound_events", "deliveries", "procrastinate_jobs")


def stored(database: Database) -> dict[str, int]:
    """How many rows there are in every table that a patient's message may reach."""
    return {table: rows(database, f"SELECT count(*) AS n FROM {table}")[0].n for table in STORED}
