"""A patient's page, as far as HTTP goes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx


class Patient:
    """One session at the widget API."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=20)
        started = self.http.post("/widget/v1/session")
        assert started.status_code == 201, started.text
        self.token = started.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def post(self, **body: Any) -> httpx.Response:
        return self.http.post("/widget/v1/messages", json={"client_id": uuid4().hex, **body})

    def say(self, text: str) -> str:
        """The new message's id."""
        response = self.post(text=text)
        assert response.status_code == 202, response.text
        return str(response.json()["message_id"])

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        response = self.http.get("/widget/v1/history", params={"after": after})
        assert response.status_code == 200, response.text
        return list(response.json()["messages"])

    def wait_for(self, count: int, seconds: float = 15.0) -> list[dict[str, Any]]:
        """The history once it has at least `count` messages."""
        deadline = time.monotonic() + seconds
        while len(found := self.history()) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"only {[item['text'] for item in found]}")
            time.sleep(0.05)
        return found

    @contextmanager
    def listening(self, last_event_id: int | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        """The event stream: {"event", "data", "id"} each, comments as {"comment"}."""
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        with self.http.stream("GET", "/widget/v1/events", headers=headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        if line.startswith(":"):
            yield {"comment": line[1:].strip()}
        elif line:
            name, _, value = line.partition(": ")
            event[name] = json.loads(value) if name == "data" else value
        elif event:
            if "event" in event:
                yield event
            event = {}
