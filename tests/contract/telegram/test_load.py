"""A thousand updates, a fifth of them repeats, a tenth of the provider's calls failing: each answered once, in order.

The answers come from a stand-in of Rasa over HTTP; the front door, the queue, the outbox and the sender are real.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response

from bot.channels.telegram.config import WEBHOOK_PATH
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.database import Database
from tests.support.telegram_bot_api import BotApi, refusal
from tests.support.telegram_chat import SECRET, Chat, until
from tests.support.world import rows

CHATS = 40
UPDATES = 1000
REPEATS = 200


@pytest.mark.usefixtures("job_worker", "rasa")
def test_a_thousand_updates(door: str, database: Database, api: BotApi) -> None:
    chance = random.Random(7)
    faults = Counter[str]()

    async def behave(method: str, values: dict[str, str]) -> Response | None:
        """A tenth of the messages is not taken: too many requests, a fault, an answer that gets lost before it acts."""
        if method != "sendMessage" or chance.random() >= 0.1:
            return None
        kind = chance.choice(("429", "500", "502"))
        faults[kind] += 1
        if kind == "429":
            return refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        return PlainTextResponse("fault", int(kind))

    api.behave = behave
    chats = [Chat(door, database, api) for _ in range(CHATS)]
    lines = {chat.id: posts(chat, chance) for chat in chats}
    assert sum(len(line) for line in lines.values()) == UPDATES
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda chat: post_all(door, lines[chat.id]), chats))
    assert {status for statuses in answers for status in statuses} == {200}

    until(lambda: waiting(database) == 0, "everything is delivered", 120)
    written = UPDATES - REPEATS
    for chat in chats:
        wanted = [f"wine {number}" for number in range(written // CHATS)]
        assert chat.said() == wanted
        answered = [re.match(r"You said: (.*) \[1\]", sent.text) for sent in chat.shown()[1:]]
        assert [match and match[1] for match in answered] == wanted, "each once, in order"
    assert {row.status for row in rows(database, "SELECT DISTINCT status FROM deliveries")} == {"sent"}
    assert len(api.sent) == written + CHATS
    assert sum(faults.values()) > written // 20
    for chat in chats:
        chat.http.close()


def posts(chat: Chat, chance: random.Random) -> list[dict[str, Any]]:
    """A chat's messages in their order, some of them sent again later."""
    line = [chat.update("message", f"wine {number}") for number in range((UPDATES - REPEATS) // CHATS)]
    for _ in range(REPEATS // CHATS):
        at = chance.randrange(len(line))
        line.insert(chance.randint(at + 1, len(line)), line[at])
    return line


def post_all(door: str, line: list[dict[str, Any]]) -> list[int]:
    with httpx.Client(base_url=door, headers={SECRET_HEADER: SECRET}, trust_env=False, timeout=30) as http:
        return [http.post(WEBHOOK_PATH, json=update).status_code for update in line]


def waiting(database: Database) -> int:
    query = """
        SELECT (SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending'))
             + (SELECT count(*) FROM messages WHERE author = 'patient' AND answered_at IS NULL) AS n
    """
    found: int = rows(database, query)[0].n
    return found
