"""A local stand-in for Slack's Web API, Socket Mode included. It is stricter than Slack: what Slack would ignore,
such as an unknown argument, is refused and remembered in `faults`, which every test expects to be empty."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.servers import free_port, serving
from tests.support.slack_blocks import Refused, check_blocks, check_escaping

BOT_TOKEN = "xoxb-111111111111-222222222222-abcdefghijklmnopqrstuvwx"
APP_TOKEN = "xapp-1-A0ASSIST1-333333333333-abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Method:
    """A method's arguments. `json_only`: those with blocks are sent as JSON."""

    required: frozenset[str]
    optional: frozenset[str]
    token: str = BOT_TOKEN


_POST_OPTIONAL = (
    "text blocks thread_ts unfurl_links unfurl_media mrkdwn parse link_names metadata reply_broadcast"
)
METHODS = {
    "auth.test": Method(frozenset(), frozenset()),
    "chat.postMessage": Method(frozenset({"channel"}), frozenset(_POST_OPTIONAL.split())),
    "chat.postEphemeral": Method(
        frozenset({"channel", "user"}), frozenset("text blocks thread_ts parse link_names".split())
    ),
    "chat.update": Method(
        frozenset({"channel", "ts"}), frozenset("text blocks parse link_names metadata".split())
    ),
    "views.publish": Method(frozenset({"user_id", "view"}), frozenset({"hash"})),
    "conversations.open": Method(frozenset({"users"}), frozenset()),
    "conversations.history": Method(
        frozenset({"channel"}), frozenset("limit include_all_metadata oldest latest inclusive cursor".split())
    ),
    "conversations.replies": Method(
        frozenset({"channel", "ts"}),
        frozenset("limit include_all_metadata oldest latest inclusive cursor".split()),
    ),
    "apps.connections.open": Method(frozenset(), frozenset(), APP_TOKEN),
}


class Denied(Exception):
    """An answer that depends on what there is in Slack, and is nobody's mistake."""


Fault = Callable[[str, dict[str, Any]], Response | None]


@dataclass
class Sent:
    """A message as Slack now shows it."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None
    metadata: dict[str, Any] | None = None
    edits: int = 0

    @property
    def words(self) -> str:
        """All that is read in the message, escapes undone, without its buttons."""
        found: list[str] = []
        for block in self.blocks:
            elements = [block["text"]] if "text" in block else block.get("elements", [])
            texts = [*elements, *block.get("fields", [])] if block["type"] != "actions" else []
            found += [_unescaped(element["text"]) for element in texts if "type" in element]
        return "\n".join(found) or _unescaped(self.text)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [item for block in self.blocks if block["type"] == "actions" for item in block["elements"]]


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass
class SlackStandIn:
    """`script` decides first what a call gets: a Response, or None for the ordinary one. `slow` delays, in seconds."""

    team_id: str = "T0CLINIC1"
    scopes: str = "app_mentions:read,chat:write,commands,im:history,im:write"
    members: set[str] = field(default_factory=lambda: {"C0ALERTS1"})
    script: Fault | None = None
    slow: float = 0.0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    ephemeral: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address = ""
        self._count = 0
        self.links = 0
        self._lock = threading.Lock()
        self._sockets: list[WebSocket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.app = Starlette(
            routes=[
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                WebSocketRoute("/link", self._link),
            ]
        )

    @contextlib.contextmanager
    def up(self) -> Iterator[str]:
        """Runs it; yields the address for `SLACK_API_URL`."""
        port = free_port()
        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="error", ws="wsproto")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)):
            self.address = f"http://127.0.0.1:{port}/api/"
            yield self.address

    def clear(self) -> None:
        """Forget what was said; the tests of a module share one stand-in."""
        for kept in (self.calls, self.sent, self.ephemeral, self.faults, self.acknowledged):
            kept.clear()
        self.homes.clear()
        self.script, self.slow = None, 0.0

    def to(self, channel: str) -> list[Sent]:
        with self._lock:
            return [message for message in self.sent if message.channel == channel]

    # --- answers of Slack

    @staticmethod
    def rate_limited(seconds: int) -> Response:
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(seconds)})

    @staticmethod
    def broken() -> Response:
        return Response("<html>upstream error</html>", 500, media_type="text/html")

    @staticmethod
    def error(code: str) -> Response:
        return JSONResponse({"ok": False, "error": code})

    # --- the API

    async def _call(self, request: Request) -> Response:
        name = request.path_params["method"]
        body = await request.body()
        try:
            arguments = self._arguments(name, request, body)
        except Refused as refused:
            self.faults.append(f"{name}: {refused}")
            return self.error(str(refused) if " " not in str(refused) else "invalid_arguments")
        with self._lock:
            self.calls.append((name, arguments))
        if self.slow:
            await asyncio.sleep(self.slow)
        scripted = self.script(name, arguments) if self.script else None
        if scripted is not None:
            return scripted
        try:
            answer = {"ok": True, **getattr(self, "_" + name.replace(".", "_"))(arguments)}
            return JSONResponse(answer, headers={"X-OAuth-Scopes": self.scopes})
        except Denied as denied:
            return self.error(str(denied))
        except Refused as refused:
            self.faults.append(f"{name}: {refused}")
            code = str(refused) if " " not in str(refused) else "invalid_blocks"
            return JSONResponse(
                {"ok": False, "error": code, "response_metadata": {"messages": [f"[ERROR] {refused}"]}}
            )

    def _arguments(self, name: str, request: Request, body: bytes) -> dict[str, Any]:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method")
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind == "application/json":
            values = json.loads(body)
        elif kind == "application/x-www-form-urlencoded":
            values = {**request.query_params, **dict(parse_qsl(body.decode(), keep_blank_values=True))}
        elif not body:
            values = dict(request.query_params)
        else:
            raise Refused("invalid_post_type")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise Refused("not_authed")
        if token != method.token or "token" in values:
            raise Refused("invalid_auth")
        missing, unknown = method.required - set(values), set(values) - method.required - method.optional
        if missing or unknown:
            raise Refused(f"arguments: missing {sorted(missing)}, unknown {sorted(unknown)}")
        if "blocks" in values and kind != "application/json":
            raise Refused("invalid_blocks_format")
        return dict(values)

    def _auth_test(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://clinic.slack.com/",
            "team": "Clinic",
            "user": "assistant",
            "team_id": self.team_id,
            "user_id": "U0ASSISTB",
            "bot_id": "B0ASSIST1",
            "is_enterprise_install": False,
        }

    def _chat_postMessage(self, values: dict[str, Any]) -> dict[str, Any]:
        self._content(values)
        for name in ("unfurl_links", "unfurl_media"):
            if values.get(name) is not False:
                raise Refused(f"{name}: links must not be previewed")
        channel = self._channel(values["channel"])
        if "thread_ts" in values and not str(values["thread_ts"]).replace(".", "").isdigit():
            raise Refused("invalid_thread_ts")
        with self._lock:
            self._count += 1
            ts = f"17954{self._count:05d}.000{self._count % 1000:03d}"
            self.sent.append(
                Sent(
                    channel,
                    ts,
                    values.get("text", ""),
                    values.get("blocks", []),
                    values.get("thread_ts"),
                    self._metadata(values.get("metadata")),
                )
            )
        return {
            "channel": channel,
            "ts": ts,
            "message": {"type": "message", "ts": ts, "text": values["text"]},
        }

    @staticmethod
    def _metadata(value: Any) -> dict[str, Any] | None:
        if value is not None and set(value) != {"event_type", "event_payload"}:
            raise Refused("invalid_metadata_format")
        return dict(value) if value is not None else None

    def _chat_postEphemeral(self, values: dict[str, Any]) -> dict[str, Any]:
        self._content(values)
        self._channel(values["channel"])
        self.ephemeral.append(values)
        return {"message_ts": "1795400000.999999"}

    def _chat_update(self, values: dict[str, Any]) -> dict[str, Any]:
        self._content(values)
        with self._lock:
            for message in self.sent:
                if (message.channel, message.ts) == (values["channel"], values["ts"]):
                    message.text, message.blocks = values.get("text", ""), values.get("blocks", [])
                    message.edits += 1
                    return {"channel": message.channel, "ts": message.ts, "text": message.text}
        raise Denied("message_not_found")

    def _views_publish(self, values: dict[str, Any]) -> dict[str, Any]:
        view = values["view"]
        unknown = set(view) - {"type", "blocks", "private_metadata", "callback_id", "external_id"}
        if view.get("type") != "home" or unknown:
            raise Refused(f"view: must be a home, unknown {sorted(unknown)}")
        if len(view.get("private_metadata", "")) > 3_000:
            raise Refused("view: private_metadata is too long")
        check_blocks(view.get("blocks"), "home")
        self.homes[values["user_id"]] = view
        return {"view": {**view, "id": "V0HOME0001", "hash": "1795400000.aaBBccDD"}}

    def _conversations_open(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": self._channel(values["users"])}}

    def _conversations_history(self, values: dict[str, Any]) -> dict[str, Any]:
        found = [message for message in self.to(values["channel"]) if message.thread_ts is None]
        return {"messages": self._listed(found, values), "has_more": False}

    def _conversations_replies(self, values: dict[str, Any]) -> dict[str, Any]:
        found = [message for message in self.to(values["channel"]) if message.thread_ts == values["ts"]]
        return {"messages": self._listed(found, values), "has_more": False}

    @staticmethod
    def _listed(found: list[Sent], values: dict[str, Any]) -> list[dict[str, Any]]:
        """The newest first, as Slack lists them; metadata only for those who ask for it."""
        newest = list(reversed(found))[: int(values.get("limit", 100))]
        asked = values.get("include_all_metadata") in (True, "true", "1")
        return [
            {
                "type": "message",
                "ts": message.ts,
                "text": message.text,
                **({"metadata": message.metadata} if asked and message.metadata else {}),
            }
            for message in newest
        ]

    def _apps_connections_open(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.address.replace("http://", "ws://").replace("/api/", "/link?ticket=1")}

    def _channel(self, channel: str) -> str:
        if channel.startswith(("C", "G")) and channel not in self.members:
            raise Denied("channel_not_found")
        if channel.startswith(("U", "W")):
            return "D" + channel[1:]
        if not channel.startswith(("C", "G", "D")):
            raise Denied("channel_not_found")
        return channel

    @staticmethod
    def _content(values: dict[str, Any]) -> None:
        text = values.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused("no_text")
        if len(text) > 4_000:
            raise Refused("text: over 4,000 characters Slack may cut it")
        check_escaping(text, "text")
        if "blocks" in values:
            check_blocks(values["blocks"])

    # --- Socket Mode

    async def _link(self, socket: WebSocket) -> None:
        await socket.accept()
        self._loop = asyncio.get_running_loop()
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0ASSIST1"}}
        await socket.send_json(hello)
        self._sockets.append(socket)
        self.links += 1
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self.acknowledged.append(await socket.receive_json())
        self._sockets.remove(socket)

    @property
    def connected(self) -> bool:
        return bool(self._sockets)

    def push(self, kind: str, payload: dict[str, Any], envelope_id: str, **more: Any) -> None:
        """Send an envelope (`events_api`, `interactive`, `slash_commands`) down the newest connection."""
        assert self._loop is not None and self._sockets
        envelope = {
            "type": kind,
            "envelope_id": envelope_id,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **more,
        }
        asyncio.run_coroutine_threadsafe(self._sockets[-1].send_json(envelope), self._loop).result(5)

    def disconnect(self) -> None:
        """As Slack does every few hours, and before it renews its servers."""
        assert self._loop is not None and self._sockets
        words = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        asyncio.run_coroutine_threadsafe(self._sockets[-1].send_json(words), self._loop).result(5)
