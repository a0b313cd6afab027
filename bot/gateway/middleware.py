"""What every request passes through, from the outside in: headers, CORS, the last resort, the size limit."""

from __future__ import annotations

import logging
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.problems import Problem, too_large, unexpected

log = logging.getLogger(__name__)

# 4,000 characters take at most 48,000 bytes when JSON escapes every one of them as a surrogate pair.
MAX_BODY_BYTES: Final = 64_000
# What providers send is longer: a message with everything that it replies to.
MAX_CHANNEL_BODY_BYTES: Final = 1_000_000
CHANNELS_PATH: Final = "/channels/"

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"


class SecurityHeaders:
    """Sets the headers that make browsers careful; a response's own value wins. Nothing is cached unless it says so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class WidgetCors(CORSMiddleware):
    """CORS for the widget API only; the care desk is for its own pages."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Last-Event-ID"),
            expose_headers=("Retry-After",),
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/widget/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        problem = Problem(
            400,
            "origin-not-allowed",
            "This web page may not use the assistant",
            "Its address, method or headers are not allowed. Add the page to the setting ALLOWED_ORIGINS.",
        )
        return problem.response("/widget/v1")


class LastResort:
    """An unforeseen exception becomes a problem for the caller and one line in the log, without its text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noticed)
        except Exception as error:
            log.error("%s %s failed (%s)", scope["method"], scope["path"], type(error).__name__)
            if not started:
                await unexpected().response(scope["path"])(scope, receive, send)


class BodyLimit:
    """Refuses bodies beyond the limit, announced or not, before anything reads them whole."""

    def __init__(
        self, app: ASGIApp, limit: int = MAX_BODY_BYTES, channel_limit: int = MAX_CHANNEL_BODY_BYTES
    ) -> None:
        self.app = app
        self.limit = limit
        self.channel_limit = channel_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.channel_limit if scope["path"].startswith(CHANNELS_PATH) else self.limit
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await too_large(limit).response(scope["path"])(scope, receive, send)
            return
        seen = 0

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large(limit)
            return message

        await self.app(scope, receive_counted, send)
