"""The widget's endpoints. Database and reader work runs in threads, so that streams keep flowing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.content.facts import FactBook
from bot.conversations.errors import ConversationGone, TextEmpty, TextTooLong, UnknownButton
from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Received
from bot.database import DatabaseUnavailable
from bot.gateway.changes import Changes
from bot.gateway.events import event_stream
from bot.gateway.problems import Problem, not_signed_in, not_valid, too_many, unavailable
from bot.gateway.rate_limit import Buckets, Rate
from bot.gateway.rendering import message_item, utc_text
from bot.gateway.requests import (
    bearer_token,
    client_id,
    json_object,
    sequence_number,
    text_or_button,
    wanted_region,
)
from bot.secret_tokens import hash_token
from bot.settings import REGIONS

log = logging.getLogger(__name__)

CHANNEL: Final = "widget"
LANGUAGE: Final = "en"
MOST_STREAMS: Final = 8
SAVED_NOTE: Final = "Your messages here have been deleted."
CASE_NOTE: Final = (
    "The clinic keeps the words that it was alerted to, and how to reach you if you told us, "
    "until it has dealt with them."
)


@dataclass(frozen=True)
class Limits:
    """How often one address may start sessions, and one session may do anything, send a message."""

    sessions: Rate = Rate(burst=300, per_second=2)
    requests: Rate = Rate(burst=300, per_second=20)
    messages: Rate = Rate(burst=30, per_second=1)


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class WidgetApi:
    """The endpoints of /widget/v1. `emergency` is what a patient is told when a message could not be saved."""

    service: ConversationService
    changes: Changes
    facts: FactBook
    region: str
    session_lifetime: timedelta
    emergency: str
    clock: Callable[[], datetime]
    limits: Limits

    def routes(self) -> list[Route]:
        sessions, requests, messages = (
            Buckets(rate) for rate in (self.limits.sessions, self.limits.requests, self.limits.messages)
        )
        signed_in = partial(self._signed_in, requests)
        return [
            Route("/widget/v1/session", self._per_address(sessions, self.start), methods=["POST"]),
            Route("/widget/v1/session", signed_in(self.delete), methods=["DELETE"]),
            Route("/widget/v1/messages", signed_in(self.send, messages), methods=["POST"]),
            Route("/widget/v1/history", signed_in(self.history), methods=["GET"]),
            Route("/widget/v1/events", signed_in(self.events), methods=["GET"]),
        ]

    def _per_address(
        self, buckets: Buckets, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def limited(request: Request) -> Response:
            wait = buckets.take(request.client.host if request.client else "")
            if wait:
                raise too_many(wait)
            return await endpoint(request)

        return limited

    def _signed_in(
        self,
        requests: Buckets,
        endpoint: Callable[[Request, Conversation], Awaitable[Response]],
        further: Buckets | None = None,
    ) -> Callable[[Request], Awaitable[Response]]:
        """Resolve the token, after the cheap checks and before anything is read from the body."""

        async def checked(request: Request) -> Response:
            token = bearer_token(request)
            key = hash_token(token).hex()
            wait = requests.take(key) or (further.take(key) if further is not None else 0)
            if wait:
                raise too_many(wait)
            try:
                conversation = await run_in_threadpool(self.service.of_token, token)
                return await endpoint(request, conversation)
            except ConversationGone:
                raise not_signed_in() from None
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s %s failed (%s)", request.method, request.url.path, type(error).__name__)
                raise self._not_available(request) from None

        return checked

    def _not_available(self, request: Request) -> Problem:
        if request.method == "POST":
            return unavailable(
                f"Your message was not saved. Please try again in a minute. {self.emergency}".strip()
            )
        return unavailable(f"Please try again in a minute. {self.emergency}".strip())

    async def start(self, request: Request) -> Response:
        """POST /widget/v1/session"""
        region = await wanted_region(request, frozenset(REGIONS), self.region)
        try:
            session = await run_in_threadpool(
                partial(
                    self.service.start,
                    channel=CHANNEL,
                    region=region,
                    language=LANGUAGE,
                    lifetime=self.session_lifetime,
                )
            )
        except DatabaseUnavailable:
            raise unavailable(
                f"The chat cannot start. Please try again in a minute. {self.emergency}".strip()
            ) from None
        return JSONResponse({"token": session.token, "expires_at": utc_text(session.expires_at)}, 201)

    async def send(self, request: Request, conversation: Conversation) -> Response:
        """POST /widget/v1/messages"""
        body = await json_object(request)
        key = client_id(body)
        text, button_id = text_or_button(body)
        try:
            received = await self._receive(conversation, key, text, button_id)
        except (TextEmpty, TextTooLong) as error:
            raise not_valid(f"{str(error).capitalize()}.") from None
        except UnknownButton:
            raise Problem(
                422,
                "unknown-button",
                "That button is not there",
                "Use a button that this chat has shown you.",
            ) from None
        return JSONResponse({"message_id": str(received.message_id)}, 202)

    async def _receive(
        self, conversation: Conversation, key: str, text: str | None, button_id: str | None
    ) -> Received:
        if text is not None:
            return await run_in_threadpool(self.service.receive_text, conversation, key, text)
        assert button_id is not None
        return await run_in_threadpool(self.service.receive_button, conversation, key, button_id)

    async def history(self, request: Request, conversation: Conversation) -> Response:
        """GET /widget/v1/history?after=SEQ"""
        after = sequence_number(request.query_params.get("after"), "after")
        messages = await run_in_threadpool(self.service.history, conversation.id, after)
        return JSONResponse({"messages": [message_item(message, self.facts) for message in messages]})

    async def events(self, request: Request, conversation: Conversation) -> Response:
        """GET /widget/v1/events"""
        if self.changes.count(str(conversation.id)) >= MOST_STREAMS:
            raise too_many(5)
        after = sequence_number(request.headers.get("last-event-id"), "Last-Event-ID")
        render = partial(message_item, facts=self.facts)
        stream = event_stream(self.service, self.changes, conversation, after, render, self.clock)
        return StreamingResponse(
            stream,
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
        )

    async def delete(self, request: Request, conversation: Conversation) -> Response:
        """DELETE /widget/v1/session"""
        erased = await run_in_threadpool(self.service.delete_content, conversation.id)
        note = f"{SAVED_NOTE} {CASE_NOTE}" if erased.kept_cases else SAVED_NOTE
        return JSONResponse(
            {"deleted_messages": erased.messages, "kept_cases": list(erased.kept_cases), "note": note}
        )
