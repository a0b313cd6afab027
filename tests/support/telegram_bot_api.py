"""A stand-in of Telegram's Bot API: as strict as the real one where it matters, and stricter about what is unknown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.servers import serving
from tests.support.telegram_markup import Entity, MarkupError, parse_html, utf16

TOKEN = "7012345678:AAF-test_token_of_35_characters_xyz"
BOT_ID = TOKEN.partition(":")[0]
FIELDS = {
    "getMe": {},
    "sendMessage": {"chat_id": True, "text": True, "parse_mode": False, "link_preview_options": False,
                    "reply_markup": False},
    "sendChatAction": {"chat_id": True, "action": True},
    "answerCallbackQuery": {"callback_query_id": True, "text": False, "show_alert": False},
    "leaveChat": {"chat_id": True},
    "setWebhook": {"url": True, "max_connections": False, "allowed_updates": False, "secret_token": False,
                   "drop_pending_updates": False},
    "deleteWebhook": {"drop_pending_updates": False},
    "getWebhookInfo": {},
    "setMyCommands": {"commands": True},
    "getUpdates": {"offset": False, "timeout": False, "allowed_updates": False, "limit": False},
}  # fmt: skip
UPDATE_KINDS = {"message", "edited_message", "callback_query", "my_chat_member"}


class BadRequest(Exception):
    """What Telegram answers with status 400."""


@dataclass(frozen=True)
class Sent:
    """One message as a person sees it."""

    chat: int
    text: str
    entities: tuple[Entity, ...]
    buttons: tuple[tuple[str, str], ...]
    id: int


Behaviour = Callable[[str, dict[str, str]], Awaitable[Response | None]]


async def willing(method: str, values: dict[str, str]) -> Response | None:
    """Does what it is asked."""
    return None


def refusal(status: int, description: str, **parameters: int) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status)


class BotApi:
    """`behave` may answer in its stead (before anything happens); `after` may spoil an answer (after it happened)."""

    def __init__(self) -> None:
        self.behave: Behaviour = willing
        self.after: Behaviour = willing
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.answered: list[tuple[str, str]] = []
        self.typing: list[int] = []
        self.left: list[int] = []
        self.blocked: set[int] = set()
        self.webhook: dict[str, Any] = {}
        self.commands: list[str] = []
        self.updates: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self._ids = iter(range(5000, 10**9))
        self.app = Starlette(routes=[Route("/bot{rest:path}", self._call, methods=["GET", "POST"])])

    def reset(self) -> None:
        assert self.faults == [], self.faults
        self.behave = self.after = willing
        for kept in (self.sent, self.calls, self.answered, self.typing, self.left, self.updates):
            kept.clear()
        self.blocked.clear()

    @contextlib.contextmanager
    def up(self, port: int) -> Iterator[str]:
        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="error", ws="none")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)) as address:
            yield address

    def texts(self, chat: int) -> list[str]:
        return [message.text for message in self.sent if message.chat == chat]

    async def _call(self, request: Request) -> Response:
        token, _, method = request.path_params["rest"].partition("/")
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            return refusal(404, "Not Found")
        if token != TOKEN:
            return refusal(401, "Unauthorized")
        if method not in FIELDS:
            self.faults.append(f"unknown method {method}")
            return refusal(404, "Not Found")
        values = {name: str(value) for name, value in (await request.form()).items()}
        self.calls.append((method, values))
        if (answer := await self.behave(method, values)) is not None:
            return answer
        try:
            self._check_fields(method, values)
            result = getattr(self, "_" + re.sub("[A-Z]", lambda found: "_" + found[0].lower(), method))(
                values
            )
            if asyncio.iscoroutine(result):
                result = await result
        except BadRequest as error:
            self.faults.append(f"{method}: {error}")
            return refusal(400, f"Bad Request: {error}")
        if isinstance(result, Response):
            return result
        spoilt = await self.after(method, values)
        return spoilt or JSONResponse({"ok": True, "result": result})

    @staticmethod
    def _check_fields(method: str, values: dict[str, str]) -> None:
        fields = FIELDS[method]
        if unknown := set(values) - set(fields):
            raise BadRequest(f"unknown field {sorted(unknown)}")
        if missing := {name for name, needed in fields.items() if needed} - set(values):
            raise BadRequest(f"{sorted(missing)} is missing")

    def _get_me(self, values: dict[str, str]) -> dict[str, Any]:
        return {
            "id": int(BOT_ID), "is_bot": True, "first_name": "Northside", "username": "northside_iso_bot",
            "can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip

    def _send_message(self, values: dict[str, str]) -> Any:
        chat = _chat(values)
        if chat in self.blocked:
            return refusal(403, "Forbidden: bot was blocked by the user")
        entities: list[Entity] = []
        text = values["text"]
        if "parse_mode" in values:
            if values["parse_mode"] != "HTML":
                raise BadRequest(f"unsupported parse_mode {values['parse_mode']}")
            try:
                text, entities = parse_html(text)
            except MarkupError as error:
                raise BadRequest(f"can't parse entities: {error}") from None
        if not text.strip():
            raise BadRequest("message text is empty")
        if utf16(text) > 4096:
            raise BadRequest("message is too long")
        if chat > 0 and json.loads(values.get("link_preview_options", "{}")).get("is_disabled") is not True:
            raise BadRequest("stand-in: links must have no preview")
        message = Sent(chat, text, tuple(entities), _buttons(values.get("reply_markup")), next(self._ids))
        self.sent.append(message)
        kind = "private" if chat > 0 else "supergroup"
        return {
            "message_id": message.id, "date": 1795426220, "text": text,
            "chat": {"id": chat, "type": kind, **({"first_name": "Ana"} if chat > 0 else {"title": "Group"})},
        }  # fmt: skip

    def _send_chat_action(self, values: dict[str, str]) -> bool:
        if values["action"] != "typing":
            raise BadRequest("wrong parameter action in request")
        self.typing.append(_chat(values))
        return True

    def _answer_callback_query(self, values: dict[str, str]) -> bool:
        if not values["callback_query_id"].isdigit():
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        if len(values.get("text", "")) > 200:
            raise BadRequest("message is too long")
        self.answered.append((values["callback_query_id"], values.get("text", "")))
        return True

    def _leave_chat(self, values: dict[str, str]) -> bool:
        if _chat(values) > 0:
            raise BadRequest("chat member status can't be changed in private chats")
        self.left.append(_chat(values))
        return True

    def _set_webhook(self, values: dict[str, str]) -> bool:
        url = urlsplit(values["url"])
        if url.scheme != "https" or url.port not in (None, 443, 80, 88, 8443):
            raise BadRequest("bad webhook: an HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", values.get("secret_token", "")):
            raise BadRequest("secret token contains unallowed characters")
        if not 1 <= int(values.get("max_connections", "40")) <= 100:
            raise BadRequest("max_connections")
        allowed = json.loads(values.get("allowed_updates", "[]"))
        if set(allowed) - UPDATE_KINDS:
            raise BadRequest("stand-in: updates of a kind that nobody reads")
        self.webhook = {**values, "allowed_updates": allowed}
        return True

    def _delete_webhook(self, values: dict[str, str]) -> bool:
        if values.get("drop_pending_updates") == "true":
            raise BadRequest("stand-in: patients' messages would be dropped")
        self.webhook = {}
        return True

    def _get_webhook_info(self, values: dict[str, str]) -> dict[str, Any]:
        return {
            "url": self.webhook.get("url", ""), "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
            "last_error_date": 1795426000, "last_error_message": "Connection refused",
        }  # fmt: skip

    def _set_my_commands(self, values: dict[str, str]) -> bool:
        commands = json.loads(values["commands"])
        for command in commands:
            if set(command) != {"command", "description"} or not re.fullmatch(
                r"[a-z0-9_]{1,32}", command["command"]
            ):
                raise BadRequest("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = [command["command"] for command in commands]
        return True

    async def _get_updates(self, values: dict[str, str]) -> Any:
        if self.webhook:
            return refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        if set(json.loads(values.get("allowed_updates", "[]"))) - UPDATE_KINDS:
            raise BadRequest("stand-in: updates of a kind that nobody reads")
        offset = int(values.get("offset", "0"))
        self.updates[:] = [update for update in self.updates if update["update_id"] >= offset]
        for _ in range(20):
            if self.updates:
                break
            await asyncio.sleep(0.05)
        return self.updates[:100]


def _chat(values: dict[str, str]) -> int:
    if not re.fullmatch(r"-?\d{1,15}", values["chat_id"]):
        raise BadRequest("chat not found")
    return int(values["chat_id"])


def _buttons(markup: str | None) -> tuple[tuple[str, str], ...]:
    if markup is None:
        return ()
    keyboard = json.loads(markup)
    if set(keyboard) != {"inline_keyboard"} or not all(keyboard["inline_keyboard"]):
        raise BadRequest("object expected as reply markup")
    buttons = [button for row in keyboard["inline_keyboard"] for button in row]
    if len(buttons) > 100 or any(len(row) > 8 for row in keyboard["inline_keyboard"]):
        raise BadRequest("reply markup is too long")
    for button in buttons:
        if set(button) != {"text", "callback_data"} or not button["text"].strip():
            raise BadRequest("text buttons are unallowed in the inline keyboard")
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise BadRequest("BUTTON_DATA_INVALID")
    return tuple((button["text"], button["callback_data"]) for button in buttons)
