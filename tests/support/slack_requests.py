"""Requests as Slack makes them: signed over body and time, JSON for events, forms for buttons and commands."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier

from bot.channels.slack.setup import PATH

SIGNING_SECRET = "0123456789abcdef0123456789abcdef"


class SlackServers:
    """Slack's end of the line to the front door at `address`."""

    def __init__(self, address: str, secret: str = SIGNING_SECRET) -> None:
        self.url = address + PATH
        self.secret = secret
        self.http = httpx.Client(trust_env=False, timeout=20)

    def event(self, body: dict[str, Any], *, retry: tuple[int, str] | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return self.post(json.dumps(body), headers)

    def button(self, body: dict[str, Any]) -> httpx.Response:
        return self.form({"payload": json.dumps(body)})

    def form(self, values: dict[str, str]) -> httpx.Response:
        return self.post(urlencode(values), {"Content-Type": "application/x-www-form-urlencoded"})

    def post(
        self, body: str, headers: dict[str, str], *, secret: str | None = None, age: float = 0.0
    ) -> httpx.Response:
        stamp = str(int(time.time() - age))
        signature = SignatureVerifier(secret or self.secret).generate_signature(timestamp=stamp, body=body)
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}
        return self.http.post(self.url, content=body.encode(), headers={**headers, **signed})
