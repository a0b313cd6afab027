"""What a page asks for by itself: it keeps no sign-in alive, and a stream ends with the sign-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.changes import Changes
from bot.gateway.desk.guard import Guard
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import FormTokens
from bot.settings import Settings
from tests.support.desk import desk_user, signed_in
from tests.support.servers import front_door
from tests.support.world import rows

ENDED: list[str] = []


async def ticks(request: Request, user: DeskUser) -> Response:
    async def stream() -> AsyncIterator[str]:
        try:
            while True:
                yield "tick\n"
                await asyncio.sleep(0.02)
        finally:
            ENDED.append(user.email)

    return StreamingResponse(stream(), media_type="text/event-stream")


async def look(request: Request, user: DeskUser) -> Response:
    return Response("seen")


@pytest.fixture(scope="module")
def small_door(settings: Settings, database: Database) -> Iterator[str]:
    changes = Changes(database.url)
    parts = DeskParts(settings, database, FormTokens(settings.secret_key), changes, utc_now)
    guard = Guard(parts)
    app = Starlette(
        routes=[
            guard.route("/desk/ticks", ticks, Right.WORK_CASES, background=True),
            guard.route("/desk/look", look, Right.WORK_CASES, background=True),
            guard.route("/desk/work", look, Right.WORK_CASES),
        ]
    )
    app.state.changes = changes
    with front_door(app) as address:
        yield address


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM desk_sessions WHERE user_id = :id",
        "UPDATE desk_users SET disabled = true WHERE id = :id",
        "UPDATE desk_users SET role = 'content_owner' WHERE id = :id",
        "UPDATE desk_sessions SET last_seen_at = now() - interval '31 minutes' WHERE user_id = :id",
    ],
)
def test_a_stream_ends_with_the_sign_in(small_door: str, database: Database, change: str) -> None:
    email = f"streams{len(ENDED)}@clinic.example"
    user = desk_user(database, email)
    with signed_in(small_door, database, email) as browser, browser.stream("GET", "/desk/ticks") as stream:
        lines = stream.iter_lines()
        assert [next(lines) for _ in range(3)] == ["tick"] * 3
        with database.transaction() as session:
            session.execute(sa.text(change), {"id": user.id})
        assert sum(1 for _ in lines) < 50, "it ended by itself"
    assert ENDED[-1] == email


def test_only_what_somebody_does_keeps_a_sign_in_alive(small_door: str, database: Database) -> None:
    user = desk_user(database, "away@clinic.example")
    with signed_in(small_door, database, "away@clinic.example") as browser:
        assert seen_before(database, user) is False
        rows(
            database,
            "UPDATE desk_sessions SET last_seen_at = now() - interval '20 minutes' WHERE user_id = :u RETURNING 1",
            u=user.id,
        )
        assert browser.get("/desk/look").text == "seen"
        assert seen_before(database, user) is True
        assert browser.get("/desk/work").text == "seen"
        assert seen_before(database, user) is False


def seen_before(database: Database, user: Any) -> bool:
    """Whether the last activity is long ago."""
    (row,) = rows(database, "SELECT last_seen_at FROM desk_sessions WHERE user_id = :u", u=user.id)
    return bool(utc_now() - row.last_seen_at > timedelta(minutes=10))
