"""Real servers in threads: any ASGI app over HTTP, a stand-in for Rasa, and the job worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.gateway.server import FrontDoorServer
from bot.jobs.wiring import worker_parts
from bot.jobs.worker import work
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def serving(server: uvicorn.Server, stop: Callable[[], None]) -> Iterator[str]:
    """Run a server in a thread; yields its address."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        stop()
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"


@contextlib.contextmanager
def front_door(app: Starlette, port: int | None = None) -> Iterator[str]:
    """The front door's own server, stopped the way a signal stops it."""
    server = FrontDoorServer(app, "127.0.0.1", port or free_port())
    with serving(server, lambda: server.handle_exit(15, None)) as address:
        yield address


class RasaStandIn:
    """Rasa's end of the turn contract. `behave` decides each answer; `turns` keeps what was asked."""

    token = "rasa-token-for-tests-0123456789abcdef"

    def __init__(self) -> None:
        self.turns: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.behave: Callable[[dict[str, Any]], Awaitable[Response]] = self.echo
        self.app = Starlette(
            routes=[
                Route("/", lambda request: Response("up")),
                Route("/webhooks/frontdoor/turn", self._turn, methods=["POST"]),
            ]
        )

    async def _turn(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization", ""))
        body = await request.json()
        self.turns.append(body)
        return await self.behave(body)

    async def echo(self, body: dict[str, Any]) -> Response:
        return self.says({"text": f"You said: {body['text']} [M15]."})

    @staticmethod
    def says(*messages: dict[str, Any], failed: tuple[str, ...] = ()) -> Response:
        return JSONResponse({"messages": list(messages), "failed_actions": list(failed)})

    @contextlib.contextmanager
    def up(self, port: int) -> Iterator[None]:
        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="error", ws="none")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)):
            yield


@contextlib.contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """The job worker, in a thread with its own event loop."""
    ready = threading.Event()
    stop: list[Callable[[], None]] = []
    failures: list[BaseException] = []

    async def main() -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        async with httpx.AsyncClient(trust_env=False) as http:
            parts = worker_parts(settings, http)
            ready.set()
            await work(parts.app, parts.chores, stopping, patience=5)
            await parts.courier.close()
            parts.database.dispose()

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        if stop:
            stop[0]()
        thread.join(15)
        assert not thread.is_alive(), "the worker did not stop"
        if failures:
            raise failures[0]


@contextlib.contextmanager
def worker_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The job worker as a process of its own, so that a test can kill it."""
    env = {**os.environ, **settings.to_env()}
    found = subprocess.Popen([sys.executable, "-m", "bot.jobs"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        yield found
    finally:
        found.kill()
        found.wait(10)
