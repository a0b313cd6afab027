"""The front door as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from bot.accounts.ways_in import check_ways_in
from bot.channels.plug import ChannelParts
from bot.channels.registry import alert_channels, doors
from bot.channels.words import ChannelWords
from bot.content.facts import FactBook
from bot.conversations.hand_over import Terms
from bot.conversations.service import ConversationService, utc_now
from bot.conversations.values import MessageReader
from bot.database import Database
from bot.gateway.changes import Changes
from bot.gateway.desk.desk import desk_routes
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import FormTokens
from bot.gateway.health import Health
from bot.gateway.help_lines import HelpLines
from bot.gateway.metrics import Metrics
from bot.gateway.middleware import BodyLimit, LastResort, SecurityHeaders, WidgetCors
from bot.gateway.openapi import openapi_routes
from bot.gateway.problems import Problem, http_exception_handler, problem_handler
from bot.gateway.static_files import static_routes
from bot.gateway.widget_api import DEFAULT_LIMITS, Limits, WidgetApi
from bot.gateway.words import FrontDoorWords
from bot.insight.grouping import Encode, by_words
from bot.safety.regions import load_regions
from bot.safety.rules import RuleBook
from bot.settings import Settings


def create_app(
    settings: Settings,
    reader: MessageReader,
    rules: RuleBook,
    facts: FactBook,
    words: FrontDoorWords,
    *,
    encode: Encode = by_words,
    limits: Limits = DEFAULT_LIMITS,
    clock: Callable[[], datetime] = utc_now,
) -> Starlette:
    """The application; `app.state.changes.close()` ends its streams before the server stops.

    `encode` tells which unanswered questions mean the same; without it like wordings are put together.

    Raises DatabaseUnavailable when DATABASE_URL is no usable address, SettingError when a channel or a way to sign in
    is set up by half.
    """
    check_ways_in(settings)
    database = Database(settings.database_url)
    changes = Changes(database.url)
    http = httpx.AsyncClient(trust_env=False)
    service = ConversationService(
        database,
        reader,
        rules,
        words,
        alert_channels=alert_channels(settings),
        terms=Terms.load(settings),
        clock=clock,
    )
    channels = doors(ChannelParts(settings, database, service, facts, ChannelWords.load(settings), clock))
    widget = WidgetApi(
        service=service,
        changes=changes,
        facts=facts,
        region=settings.region,
        session_lifetime=timedelta(days=settings.session_days),
        emergency=words.emergency(settings.region),
        clock=clock,
        limits=limits,
    )

    desk = DeskParts(settings, database, FormTokens(settings.secret_key), changes, clock)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        listening = asyncio.create_task(changes.run())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            for door in channels:
                await door.close()
            await http.aclose()
            database.dispose()

    app = Starlette(
        routes=[
            *widget.routes(),
            *HelpLines(load_regions(settings.data_dir / "regions"), settings.region).routes(),
            *Health(database, http, settings.rasa_url).routes(),
            *Metrics(database, clock).routes(),
            *openapi_routes(),
            *desk_routes(desk, encode),
            *(route for door in channels for route in door.routes),
            *static_routes(demo=settings.demo),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(WidgetCors, origins=settings.allowed_origins),
            Middleware(LastResort),
            Middleware(BodyLimit),
        ],
        exception_handlers={Problem: problem_handler, HTTPException: http_exception_handler},
        lifespan=lifespan,
    )
    app.state.changes = changes
    return app
