"""Rasa as it runs: the trained dialogue behind the front door's channel, on a real Sanic server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.dialogue.channel import FrontDoorInput
from bot.runtime.training import MODEL
from bot.settings import Settings
from tests.support.servers import free_port

TOKEN = "a-token-for-tests-0123456789"


class Rasa:
    """What is behind the channel: `handle` gets each message that comes in."""

    def __init__(self) -> None:
        self.handle: Callable[[UserMessage], Awaitable[Any]] = self.note
        self.messages: list[UserMessage] = []

    async def __call__(self, message: UserMessage) -> None:
        await self.handle(message)

    async def note(self, message: UserMessage) -> None:
        """Keep it and say hello."""
        self.messages.append(message)
        await message.output_channel.send_response(
            message.sender_id,
            {
                "text": "hello",
                "buttons": [{"title": "Yes", "payload": "/affirm"}],
                "image": None,
                "custom": {},
            },
        )


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Rasa, str]]:
    """Rasa and its address. One server for all tests: Sanic rewrites its own source once a process."""
    rasa, port = Rasa(), free_port()
    loop, ready = asyncio.new_event_loop(), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        app = Sanic("rasa_for_tests", configure_logging=False)
        app.blueprint(FrontDoorInput(TOKEN).blueprint(rasa), url_prefix="/webhooks/frontdoor")
        server = loop.run_until_complete(
            app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
        )
        assert server is not None
        loop.run_until_complete(server.startup())
        loop.run_until_complete(server.start_serving())
        loop.call_soon(ready.set)
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    yield rasa, f"http://127.0.0.1:{port}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def rasa(served: tuple[Rasa, str]) -> Rasa:
    rasa, _ = served
    rasa.handle, rasa.messages = rasa.note, []
    return rasa


@pytest.fixture
def client(served: tuple[Rasa, str]) -> Iterator[httpx.Client]:
    """A client that knows the token."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=served[1], headers=headers, trust_env=False, timeout=30) as found:
        yield found


@pytest.fixture(scope="session")
def agent() -> Agent:
    """The trained dialogue; its action server is a port where nobody listens."""
    return Agent.load(
        str(Settings.from_env().models_dir / MODEL),
        generator=EndpointConfig(type="bot.dialogue.nlg.GroundedNLG"),
        action_endpoint=EndpointConfig(f"http://127.0.0.1:{free_port()}/webhook"),
    )
