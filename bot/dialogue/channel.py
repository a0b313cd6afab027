"""The one door into Rasa: a turn posted by the front door's job worker.

Rasa's own REST channel answers 200 `[]` to every internal failure and obeys `/intent` typed by a patient. This one
takes parse data made by the front door (text is never parsed for commands), says which actions failed, and answers
500 when a turn failed.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.dialogue.failed_actions import collect_failed_actions
from bot.errors import SettingError

logger = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024


class WholeMessages(CollectingOutputChannel):
    """Collects each bot message in one piece: text, buttons and custom data together."""

    @classmethod
    def name(cls) -> str:
        return "frontdoor"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        kept = {key: message[key] for key in ("text", "buttons", "custom") if message.get(key)}
        if kept:
            self.messages.append(kept)


class FrontDoorInput(InputChannel):
    """`POST /webhooks/frontdoor/turn`, bearer token required."""

    @classmethod
    def name(cls) -> str:
        return "frontdoor"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> FrontDoorInput:
        token = str((credentials or {}).get("token") or "")
        if len(token) < 16:
            raise SettingError(
                "RASA_TOKEN", "is missing or shorter than 16 characters", "Start with `make run`"
            )
        return cls(token)

    def __init__(self, token: str) -> None:
        self._token = token

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("frontdoor_webhook", __name__)

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not hmac.compare_digest((request.token or "").encode(errors="replace"), self._token.encode()):
                return response.json({"error": "wrong or missing token"}, status=401)
            if len(request.body) > LARGEST_BODY:
                return response.json({"error": "too large"}, status=413)
            message = _user_message(request.json)
            if message is None:
                return response.json({"error": "sender, text and parse_data are needed"}, status=422)
            return await _run(message, on_new_message)

        return blueprint


async def _run(message: UserMessage, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> HTTPResponse:
    with collect_failed_actions() as failed:
        try:
            await on_new_message(message)
        except Exception as error:
            # Nothing of the message may reach the log: the type alone.
            logger.error("a turn failed: %s", type(error).__name__)
            return response.json({"error": "the turn failed"}, status=500)
    return response.json({"messages": message.output_channel.messages, "failed_actions": failed})


def _user_message(body: Any) -> UserMessage | None:
    if not isinstance(body, dict):
        return None
    sender, text, parse_data = body.get("sender"), body.get("text"), body.get("parse_data")
    if not (isinstance(sender, str) and sender and isinstance(text, str) and isinstance(parse_data, dict)):
        return None
    if not isinstance(parse_data.get("intent"), dict) or not isinstance(parse_data.get("entities"), list):
        return None
    metadata = body.get("metadata")
    return UserMessage(
        text=text,
        output_channel=WholeMessages(),
        sender_id=sender,
        parse_data=parse_data,
        input_channel="frontdoor",
        metadata=metadata if isinstance(metadata, dict) else {},
    )
