"""`python -m bot.channels.slack.socket_mode`: takes Slack's events for a machine that Slack cannot reach.

Slack's own client holds the connection. Each envelope goes to the front door's own address, signed as Slack would sign
it, and only when the front door has stored it is the envelope acknowledged: otherwise Slack sends it again. So there is
one way in, and the reader is in memory once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from typing import Any, Final

import httpx
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.channels.slack.setup import PATH, SOCKET, SlackSetup, slack_setup
from bot.channels.slack.web_api import close, quiet, web_client
from bot.errors import AssistantError, SettingError
from bot.process_logs import configure_logs
from bot.settings import Settings

log = logging.getLogger(__name__)

# Slack waits three seconds for the acknowledgement, then it sends the envelope again.
HAND_OVER_SECONDS: Final = 10.0
PING_SECONDS: Final = 5.0
WATCH_EVERY_SECONDS: Final = 5.0


class Relay:
    """Hands envelopes to the front door."""

    def __init__(self, http: httpx.AsyncClient, front_door: str, secret: str) -> None:
        self._http = http
        self._url = front_door + PATH
        self._verifier = SignatureVerifier(secret)

    async def __call__(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledges only what is stored."""
        body = json.dumps(request.payload)
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": str(self._verifier.generate_signature(timestamp=stamp, body=body)),
        }
        if request.retry_attempt:
            headers["X-Slack-Retry-Num"] = str(request.retry_attempt)
            headers["X-Slack-Retry-Reason"] = str(request.retry_reason)
        try:
            response = await self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("the front door did not take an event from Slack (%s)", type(error).__name__)
            return
        if response.status_code != 200:
            log.warning("the front door did not take an event from Slack (status %d)", response.status_code)
            return
        answer = SocketModeResponse(envelope_id=request.envelope_id, payload=_payload(request, response))
        try:
            await client.send_socket_mode_response(answer)
        except (OSError, RuntimeError) as error:
            # The connection went in between. Slack sends it again, and the front door knows it.
            log.warning("an event could not be acknowledged to Slack (%s)", type(error).__name__)


def _payload(request: SocketModeRequest, response: httpx.Response) -> dict[str, Any] | None:
    if not request.accepts_response_payload or not response.content:
        return None
    answer = response.json()
    return answer if isinstance(answer, dict) else None


async def relay(setup: SlackSetup, front_door: str, stop: asyncio.Event) -> None:
    """Runs until `stop` is set, through lost connections and Slack's own renewals."""
    web = web_client(setup)
    async with httpx.AsyncClient(trust_env=False, timeout=HAND_OVER_SECONDS) as http:
        client = SocketModeClient(
            app_token=setup.app_token, web_client=web, logger=quiet, ping_interval=PING_SECONDS
        )
        client.socket_mode_request_listeners.append(Relay(http, front_door, setup.signing_secret))
        watching = asyncio.create_task(_watch(client))
        # Slack's client tries until it is connected.
        connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]
        try:
            await stop.wait()
        finally:
            for task in (connecting, watching):
                task.cancel()
            await asyncio.gather(connecting, watching, return_exceptions=True)
            await client.close()  # type: ignore[no-untyped-call]
            await close(web)


async def _watch(client: SocketModeClient) -> None:
    """Say when Slack is not there, and when it is back."""
    connected = True
    while True:
        await asyncio.sleep(WATCH_EVERY_SECONDS)
        now = await client.is_connected()
        if now != connected:
            log.warning("connected to Slack again" if now else "no connection to Slack; trying again")
        connected = now


async def main(settings: Settings) -> None:
    """Raises SettingError when Slack is not set up for Socket Mode."""
    settings.require("secret_key")
    setup = slack_setup(settings)
    if setup is None or setup.mode != SOCKET:
        raise SettingError("SLACK_MODE", "is not socket", "Set it, or let Slack send its events over HTTP")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    front_door = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    await relay(setup, front_door, stop)


if __name__ == "__main__":
    configure_logs()
    try:
        asyncio.run(main(Settings.from_env()))
    except AssistantError as error:
        sys.exit(str(error))
