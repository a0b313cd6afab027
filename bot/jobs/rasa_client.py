"""One turn of the dialogue, asked of Rasa over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
)

TURN_PATH: Final = "/webhooks/frontdoor/turn"
TRIES: Final = 3
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 2.0
CONNECT_SECONDS: Final = 2.0
MOST_MESSAGES: Final = 20
LONGEST_TEXT: Final = 20_000


class RasaFailed(Exception):
    """No usable answer; the text says what happened, in words fit for a log (never a patient's)."""


class RasaBusy(RasaFailed):
    """Not now: not reachable, or an error of its own. Another try may work."""


@dataclass(frozen=True)
class RasaMessage:
    """One message of an answer. Buttons are (title, payload) pairs."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RasaAnswer:
    """A turn's messages (at least one) and the names of the actions that failed in it."""

    messages: tuple[RasaMessage, ...]
    failed_actions: tuple[str, ...]


class RasaClient:
    """Asks Rasa for turns; `longest_wait` seconds bound one turn with all its tries."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str, longest_wait: float) -> None:
        self._http = http
        self._url = url.rstrip("/") + TURN_PATH
        self._headers = {"Authorization": f"Bearer {token}"}
        self._longest_wait = longest_wait

    async def turn(
        self, sender: str, text: str, parse_data: dict[str, Any], metadata: dict[str, Any]
    ) -> RasaAnswer:
        """Rasa's answer to one message. Raises RasaFailed when there is none within the time.

        Refused connections and server errors are tried again; an answer that came too late or makes no sense is not:
        the turn has run, and a second one would be said twice.
        """
        body = {"sender": sender, "text": text, "parse_data": parse_data, "metadata": metadata}
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(RasaBusy),
            stop=stop_after_attempt(TRIES) | stop_after_delay(self._longest_wait),
            wait=wait_exponential(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, exp_base=4),
            reraise=True,
        )
        async for attempt in attempts:
            with attempt:
                return await self._once(body)
        raise AssertionError("tenacity returns or raises")

    async def _once(self, body: dict[str, Any]) -> RasaAnswer:
        timeout = httpx.Timeout(self._longest_wait, connect=CONNECT_SECONDS)
        try:
            response = await self._http.post(self._url, json=body, headers=self._headers, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError) as error:
            raise RasaBusy(f"Rasa cannot be reached ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise RasaFailed(f"no answer from Rasa ({type(error).__name__})") from error
        if response.status_code >= 500:
            raise RasaBusy(f"Rasa answered with status {response.status_code}")
        if response.status_code != 200:
            raise RasaFailed(f"Rasa refused the turn with status {response.status_code}")
        return _answer(response)


def _answer(response: httpx.Response) -> RasaAnswer:
    try:
        body = response.json()
        messages = tuple(_message(item) for item in body["messages"][:MOST_MESSAGES])
        failed = tuple(str(name) for name in body.get("failed_actions") or ())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RasaFailed(f"Rasa's answer makes no sense ({type(error).__name__})") from error
    messages = tuple(message for message in messages if message.text)
    if not messages:
        raise RasaFailed("Rasa answered without a message")
    return RasaAnswer(messages, failed)


def _message(item: dict[str, Any]) -> RasaMessage:
    text = item.get("text") or ""
    custom = item.get("custom") or {}
    if not isinstance(text, str) or not isinstance(custom, dict):
        raise ValueError("a message of another shape")
    buttons = tuple((str(button["title"]), str(button["payload"])) for button in item.get("buttons") or ())
    return RasaMessage(text.strip()[:LONGEST_TEXT], buttons, custom)
