"""News at the desk: which case has changed, what is newly urgent, and that it ends with the sign-in."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cases import work
from bot.cases.inbox import Urgent
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.changes import CaseNews, Changes
from bot.gateway.desk.live import LivePages, UrgentNews
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import FormTokens
from bot.settings import Settings
from tests.contract.desk.conftest import Desk
from tests.support.desk import desk_user, signed_in
from tests.support.patient import Patient
from tests.support.world import rows
from tests.unit.gateway.desk.test_desk_view import CASE

Raised = Callable[..., sa.engine.Row]


@contextmanager
def listening(desk: Desk, after: int | None = None, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The stream's events, each {"kind", "id", "data"}."""
    address = "/desk/events" if after is None else f"/desk/events?after={after}"
    with desk.http.stream("GET", address, headers=headers, timeout=20) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield parsed(response.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in ("event", "id"):
            event[name] = value
        elif name == "data":
            yield {"kind": event.get("event"), "id": int(event.get("id", 0)), "data": json.loads(value)}
            event = {}


def latest(database: Database) -> int:
    return rows(database, "SELECT COALESCE(max(id), 0) AS n FROM case_events")[0].n


def until(events: Iterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(event for event in events if event["kind"] == kind)


def test_a_new_urgent_case_is_told_without_its_words(ana: Desk, raised: Raised, database: Database) -> None:
    with listening(ana, latest(database)) as events:
        case = raised("hello, I am pregnant, said Quixote")
        told: dict[str, dict[str, Any]] = {}
        while {"urgent", "changed"} - told.keys():  # in whichever order they come
            event = next(events)
            told[event["kind"]] = event
        assert told["urgent"]["data"] == {
            "case": str(case.id),
            "reference": case.reference,
            "concern": "Possible pregnancy",
        }
        assert 0 < told["urgent"]["id"] <= latest(database)
        assert told["changed"]["data"] == {"cases": [str(case.id)]}


def test_what_a_page_would_show_is_told_when_it_changes(
    ana: Desk, raised: Raised, patient: Patient, database: Database
) -> None:
    case = raised("i feel very low")
    user = desk_user(database, ana.email, name="Dr Ana Silva")
    steps: list[Callable[[sa.orm.Session], object]] = [
        lambda session: work.claim(session, case.id, user, utc_now()),
        lambda session: work.note(session, case.id, user.email, "a note", utc_now()),
        lambda session: work.reply(session, case.id, user, "hello", utc_now()),
    ]
    with listening(ana, latest(database)) as events:
        for step in steps:
            with database.transaction() as session:
                step(session)
            assert until(events, "changed")["data"] == {"cases": [str(case.id)]}
        patient.say("hi, thank you")
        assert until(events, "changed")["data"] == {"cases": [str(case.id)]}


def test_what_a_page_has_missed_is_told_at_once(ana: Desk, raised: Raised, database: Database) -> None:
    before = latest(database)
    case = raised()
    with listening(ana, before) as events:
        assert until(events, "urgent")["data"]["reference"] == case.reference
        assert until(events, "changed")["data"] == {"cases": None}
    # A browser that connects again looks at everything, and hears of no case twice.
    with listening(ana, before, **{"Last-Event-ID": str(latest(database))}) as events:
        first = next(events)
        assert (first["kind"], first["data"]) == ("changed", {"cases": None})


def test_the_stream_ends_with_the_sign_in(ana: Desk, raised: Raised, database: Database) -> None:
    raised()
    # Nothing is on its way when the sign-in ends.
    with listening(ana, latest(database)) as events:
        next(events)
        with database.transaction() as session:
            session.execute(sa.text("DELETE FROM desk_sessions"))
        raised_at = time.monotonic()
        with database.transaction() as session:
            session.execute(sa.text("SELECT pg_notify('case_changed', 'x')"))
        assert list(events) == []
        assert time.monotonic() - raised_at < 10
    assert ana.http.get("/desk/events").url.path == "/desk/sign-in"


def test_an_open_page_does_not_keep_the_sign_in_alive(ana: Desk, raised: Raised, database: Database) -> None:
    case = raised()
    ana.case(case)
    with database.transaction() as session:
        session.execute(sa.text("UPDATE desk_sessions SET last_seen_at = now() - interval '20 minutes'"))
    for path in ("/desk/live", f"/desk/cases/{case.id}/live"):
        assert ana.http.get(path).status_code == 200
    seen = "SELECT max(last_seen_at) < now() - interval '19 minutes' AS old FROM desk_sessions"
    assert rows(database, seen)[0].old
    ana.http.get("/desk")
    assert not rows(database, seen)[0].old


def test_other_accounts_get_no_stream(door: str, database: Database) -> None:
    with signed_in(door, database, "owner@clinic.example", "content_owner") as browser:
        assert browser.get("/desk/events").status_code == 403
        assert browser.get("/desk/live").status_code == 403


@pytest.mark.parametrize("after", ["x", "-1", "1e9"])
def test_odd_numbers_are_refused(ana: Desk, after: str) -> None:
    assert ana.http.get(f"/desk/events?after={after}").status_code == 400


def urgent(number: int) -> Urgent:
    return Urgent(number, CASE)


def test_urgent_cases_are_told_once_also_when_their_numbers_come_into_sight_late() -> None:
    news = UrgentNews(after=10)
    assert news.new([urgent(8), urgent(10)]) == []
    assert [one.event for one in news.new([urgent(8), urgent(10), urgent(12)])] == [12]
    # 11 was numbered before 12 and committed after it.
    assert [one.event for one in news.new([urgent(11), urgent(12)])] == [11]
    assert news.new([urgent(11), urgent(12)]) == []
    assert news.after == 12 and news.since == 0


def test_whoever_is_far_behind_looks_at_everything() -> None:
    news = CaseNews()
    news.add("a")
    news.add("a")
    assert (news.take(), news.take()) == ({"a"}, set())
    for number in range(500):
        news.add(str(number))
    assert news.take() is None
    news.add(None)
    assert news.take() is None
    assert news.take() == set()


async def test_without_notifications_the_stream_looks_by_itself(database: Database) -> None:
    changes = Changes(database.url)
    parts = DeskParts(Settings(), database, FormTokens("x" * 32), changes, utc_now)
    stream = LivePages(parts, heartbeat_seconds=0.05)._stream(latest(database), missed=False)
    kinds = [chunk.partition("\n")[0] async for chunk, _ in bounded(stream, 5)]
    await stream.aclose()
    assert kinds[0].startswith("retry")
    assert kinds[1:] == ["event: beat", f"id: {latest(database)}", "event: beat", f"id: {latest(database)}"]
    assert changes.count_desks() == 0


async def bounded(stream: AsyncIterator[str], count: int) -> AsyncIterator[tuple[str, int]]:
    for number in range(count):
        yield await stream.__anext__(), number
