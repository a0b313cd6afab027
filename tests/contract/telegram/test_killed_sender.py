"""The worker is killed after Telegram has taken a message and before that is written down."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.responses import Response

from bot.settings import Settings
from tests.support.servers import worker_process
from tests.support.telegram_bot_api import BotApi, willing
from tests.support.telegram_chat import Chat, until
from tests.support.world import DISCLAIMER


@pytest.mark.usefixtures("rasa")
def test_nothing_is_lost_or_out_of_order_and_one_message_at_most_comes_twice(
    settings: Settings, chat: Chat, api: BotApi
) -> None:
    taken, killed = threading.Event(), threading.Event()

    async def never_answers(method: str, values: dict[str, str]) -> Response | None:
        if method == "sendMessage" and "urgent" in values["text"]:
            taken.set()
            while not killed.is_set():
                await asyncio.sleep(0.05)
        return None

    api.after = never_answers
    chat.say("I think I'm pregnant")
    with worker_process(settings) as process:
        assert taken.wait(90), "Telegram never got the urgent help"
        process.kill()
        killed.set()
    held = chat.deliveries()[1]
    assert (held.status, held.provider_ids) == ("sending", [])
    api.after = willing
    chat.say("wine")
    with worker_process(settings):
        until(lambda: [d.status for d in chat.deliveries()] == ["sent"] * 4, "all is sent", 150)
    shown = [sent.text.partition("\n\nSources")[0] for sent in chat.shown()]
    urgent = "urgent help: concern_pregnancy, tier 1, US"
    assert shown == [
        DISCLAIMER.replace("M40", "1"),
        urgent,
        urgent,
        "You said: I think I'm pregnant [1].",
        "You said: wine [1].",
    ]
    assert [case.state for case in chat.cases()] == ["open"]
