"""Every route of the desk leaves its entry in the audit trail; without the entry nothing is shown and nothing done.

The routes are walked over as the front door has them: one that nobody has described fails the first test here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from bot.audit.proof import verify
from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.audited_routes import (
    CLINICIAN_WROTE,
    HOW,
    PATIENT_WROTE,
    PROVED_ELSEWHERE,
    SHOWS_NOBODYS_WORDS,
    USED,
    Stage,
)
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door
from tests.support.world import rows

ROOT: Final = Path(__file__).resolve().parents[3]
# What a route might change. Not the counts of tries and the times of sessions: those are not what it is for.
TABLES: Final = (
    "cases",
    "case_events",
    "case_notes",
    "messages",
    "conversations",
    "deliveries",
    "invitations",
    "recovery_codes",
    "unanswered_questions",
    "review_samples",
    "audit_entries",
)


@pytest.fixture(scope="module")
def app(settings: Settings, facts: FactBook) -> Starlette:
    return create_app(settings, KeywordReader(), rule_book(), facts, WORDS)


@pytest.fixture(scope="module")
def door(app: Starlette) -> Iterator[str]:
    with front_door(app) as address:
        yield address


@pytest.fixture
def stage(door: str, database: Database, settings: Settings, request: pytest.FixtureRequest) -> Stage:
    key = request.node.callspec.params["key"]
    return Stage(door, database, settings, USED[key].role if key in USED else "lead")


def routes_of(app: Starlette) -> set[str]:
    """Everything under /desk, written as the tables write it."""
    return {
        f"{method} {route.path}"  # type: ignore[attr-defined]
        for route in app.routes
        if str(getattr(route, "path", "")).startswith("/desk")
        for method in (getattr(route, "methods", None) or {"MOUNT"}) - {"HEAD"}
    }


def entries_since(database: Database, number: int) -> list[Any]:
    return rows(database, "SELECT * FROM audit_entries WHERE number > :n ORDER BY number", n=number)


def last_number(database: Database) -> int:
    return int(rows(database, "SELECT coalesce(max(number), 0) AS n FROM audit_entries")[0].n)


def state(database: Database) -> dict[str, str | None]:
    """A digest of each table."""
    found = {}
    for table in TABLES:
        query = f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM {table} AS t"
        found[table] = rows(database, query)[0].digest
    people = "SELECT md5(string_agg(concat(id, role, disabled, password_hash, totp_confirmed_at), '|' ORDER BY id))"
    found["desk_users"] = rows(database, f"{people} AS digest FROM desk_users")[0].digest
    found["desk_sessions"] = str(rows(database, "SELECT count(*) AS n FROM desk_sessions")[0].n)
    return found


@contextmanager
def trail_held_up(database: Database) -> Iterator[None]:
    """As if another writer hung: nothing can be recorded."""
    with database.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(7366102)"))
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(7366102)"))


def test_every_route_is_described(app: Starlette) -> None:
    known = {*USED, *SHOWS_NOBODYS_WORDS, *PROVED_ELSEWHERE}
    assert not routes_of(app) - known, HOW + ", ".join(sorted(routes_of(app) - known))
    assert len(known) == len(USED) + len(SHOWS_NOBODYS_WORDS) + len(PROVED_ELSEWHERE)


def test_no_route_that_changes_something_goes_unrecorded() -> None:
    assert [key for key in SHOWS_NOBODYS_WORDS if not key.startswith("GET ")] == []


def test_what_is_proved_elsewhere_is(app: Starlette) -> None:
    for key, path in PROVED_ELSEWHERE.items():
        if key in routes_of(app) and (ROOT / path).exists():
            assert "audit_entries" in (ROOT / path).read_text(encoding="utf-8"), key


@pytest.mark.parametrize("key", USED)
def test_a_route_leaves_its_entry(key: str, app: Starlette, stage: Stage) -> None:
    if key not in routes_of(app):
        return
    use = USED[key]
    request = use.how(stage)
    before = last_number(stage.database)
    with request.browser:
        response = request.send()
    assert response.status_code < 400, f"{key}: {response.status_code} {response.text[:2000]}"
    left = entries_since(stage.database, before)
    assert sorted(entry.action for entry in left) == sorted((use.action, *use.also)), key
    assert {entry.actor for entry in left} == {request.actor}
    told = json.dumps([[entry.subject, entry.details] for entry in left])
    assert PATIENT_WROTE not in told and CLINICIAN_WROTE not in told


@pytest.mark.parametrize("key", USED)
def test_what_cannot_be_recorded_is_not_shown_and_not_done(
    key: str, app: Starlette, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key not in routes_of(app):
        return
    monkeypatch.setattr("bot.audit.repository._LONGEST_WAIT", "150ms")
    request = USED[key].how(stage)
    before = state(stage.database)
    with request.browser, trail_held_up(stage.database):
        response = request.send()
    assert response.status_code == 503, f"{key}: {response.status_code}"
    assert "desk_session" not in response.headers.get("set-cookie", "")
    assert PATIENT_WROTE not in response.text
    assert state(stage.database) == before, key


@pytest.mark.parametrize(
    "key", [key for key in SHOWS_NOBODYS_WORDS if "{" not in key and "events" not in key]
)
def test_a_page_that_records_nothing_shows_nothing_of_any_patient(
    key: str, app: Starlette, stage: Stage
) -> None:
    if key not in routes_of(app):
        return
    stage.case()
    for role in ("lead", "administrator"):
        stage.role = role
        with stage.somebody().browser as browser:
            browser.follow_redirects = True
            text = browser.get(key.partition(" ")[2]).text
            assert PATIENT_WROTE not in text and "pregnant" not in text


def test_a_search_for_words_is_recorded_without_the_words(
    door: str, database: Database, settings: Settings
) -> None:
    stage = Stage(door, database, settings, "clinician")
    stage.case()
    one = stage.somebody()
    before = last_number(database)
    with one.browser as browser:
        assert browser.get("/desk", params={"q": "pregnant"}).status_code == 200
    (entry,) = entries_since(database, before)
    assert (entry.actor, entry.action) == (one.user.email, "cases_searched")
    assert "pregnant" not in json.dumps([entry.subject, entry.details])


def test_a_wrong_password_leaves_an_entry_that_does_not_repeat_what_was_typed(
    door: str, database: Database, settings: Settings
) -> None:
    stage = Stage(door, database, settings, "clinician")
    browser, csrf = stage.visitor()
    before = last_number(database)
    with browser:
        fields = {"csrf": csrf, "email": "my secret password", "password": "lee@clinic.example"}
        assert browser.post("/desk/sign-in", data=fields).status_code == 401
    (entry,) = entries_since(database, before)
    assert entry.action == "sign_in_failed"
    assert "secret" not in json.dumps([entry.actor, entry.subject, entry.details])


def test_after_all_of_it_the_trail_is_whole_and_quotes_nobody(database: Database) -> None:
    with database.transaction() as session:
        assert verify(session).whole
    everything = (
        rows(database, "SELECT string_agg(t::text, ' ') AS text FROM audit_entries AS t")[0].text or ""
    )
    for words in (PATIENT_WROTE, CLINICIAN_WROTE, "pregnant."):
        assert words not in everything
