"""Every route of the care desk with every role, with nobody, halfway through the sign-in, and from another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from bot.accounts import second_factor, totp, users
from bot.accounts.roles import RIGHTS, Role
from bot.content.facts import FactBook
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.app import create_app
from bot.gateway.desk.guard import CODE_PAGE, SET_UP_PAGE, DeskRoute
from bot.gateway.desk.sign_in import FormTokens
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.desk import browser_with, desk_user, session_of
from tests.support.desk_routes import HOW, ROLES, TABLE, Row
from tests.support.patient import Patient
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door
from tests.support.world import rows

SECRET_WORDS: Final = "Quixotic marzipan"
ADMINISTRATORS_LEFT: Final = ("first.admin@clinic.example", "second.admin@clinic.example")


@pytest.fixture(scope="module")
def app(settings: Settings, facts: FactBook) -> Starlette:
    return create_app(settings, KeywordReader(), rule_book(), facts, WORDS)


@pytest.fixture(scope="module")
def strict_door(settings: Settings, facts: FactBook) -> Iterator[str]:
    """The same front door where a second factor is required."""
    strict = replace(settings, desk_second_factor="required")
    with front_door(create_app(strict, KeywordReader(), rule_book(), facts, WORDS)) as address:
        yield address


@pytest.fixture(scope="module")
def values(door: str, database: Database) -> dict[str, str]:
    """A case whose conversation holds SECRET_WORDS, and the account of a bystander."""
    for email in ADMINISTRATORS_LEFT:
        desk_user(database, email, "administrator")
    patient = Patient(door)
    message_id = patient.say(f"hello, I am pregnant. {SECRET_WORDS}")
    patient.http.close()
    case = rows(database, "SELECT id FROM cases WHERE message_id = :m", m=message_id)[0]
    bystander = desk_user(database, "bystander@clinic.example", "clinician")
    return {"case_id": str(case.id), "user_id": str(bystander.id)}


def desk_routes(app: Starlette) -> dict[str, DeskRoute]:
    """Everything under /desk, as the table names it."""
    found = {}
    for route in app.routes:
        if str(getattr(route, "path", "")).startswith("/desk"):
            assert isinstance(route, DeskRoute), f"{route} is not made by the guard"
            for method in (route.methods or set()) - {"HEAD"}:
                found[f"{method} {route.path}"] = route
    return found


def address(key: str, row: Row, values: dict[str, str]) -> tuple[str, str]:
    """The method, and the path with its parameters filled in."""
    method, path = key.split(" ")
    filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: {**values, **row.values}[found[1]], path)
    return method, filled


@contextmanager
def somebody(door: str, database: Database, role: str) -> Iterator[tuple[httpx.Client, str]]:
    """A browser of somebody with this role, freshly signed in, and the token of the session."""
    token = session_of(database, desk_user(database, f"{role}.walks@clinic.example", role))
    with browser_with(door, token) as browser:
        browser.follow_redirects = False
        yield browser, token


def ask(browser: httpx.Client, method: str, path: str, **sent: object) -> httpx.Response:
    """A stream's body is left alone: it has no end."""
    with browser.stream(method, path, **sent) as response:
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            response.read()
        return response


def form(settings: Settings, token: str, row: Row) -> dict[str, str]:
    return {"csrf": FormTokens(settings.secret_key).issue(token), **row.fields}


def test_every_route_is_in_the_table(app: Starlette) -> None:
    differing = set(desk_routes(app)) ^ set(TABLE)
    assert not differing, HOW + ", ".join(sorted(differing))


def test_the_table_says_what_the_rights_say(app: Starlette) -> None:
    for key, route in desk_routes(app).items():
        may = () if route.right is None else tuple(role for role in Role if route.right in RIGHTS[role])
        assert set(TABLE[key].roles) == {role.value for role in may}, key


@pytest.mark.parametrize("key", TABLE)
def test_nobody_gets_in_without_signing_in(
    key: str, door: str, settings: Settings, values: dict[str, str]
) -> None:
    row = TABLE[key]
    method, path = address(key, row, values)
    for cookies in ({}, {"desk_session": "forged"}, {"__Host-desk_session": "forged"}):
        with httpx.Client(base_url=door, cookies=cookies, trust_env=False) as browser:
            sent = {"data": form(settings, "forged", row)} if method == "POST" else {}
            response = ask(browser, method, path, **sent)
            if row.roles:
                assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in"), key
            else:
                assert response.status_code < 500
            assert SECRET_WORDS not in read(response)


def read(response: httpx.Response) -> str:
    return response.text if response.is_stream_consumed else ""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("key", [key for key in TABLE if TABLE[key].roles])
def test_a_role_opens_its_own_routes_and_no_other(
    key: str, role: str, door: str, database: Database, settings: Settings, values: dict[str, str]
) -> None:
    row = TABLE[key]
    method, path = address(key, row, values)
    with somebody(door, database, role) as (browser, token):
        sent = {"data": form(settings, token, row)} if method == "POST" else {}
        response = ask(browser, method, path, **sent)
    where = response.headers.get("location", "")
    if role in row.roles:
        assert response.status_code != 403 and response.status_code < 500, f"{role} {key}"
        assert (where == "/desk/sign-in") == row.leaves
    elif key == "GET /desk":
        assert response.status_code == 303 and where in ("/desk/accounts", "/desk/insight", "/desk/account")
    else:
        assert response.status_code == 403, f"{role} {key} {response.status_code} {where}"


@pytest.mark.parametrize("key", [key for key in TABLE if key.startswith("POST")])
def test_a_form_without_its_token_or_from_elsewhere_does_nothing(
    key: str, door: str, database: Database, settings: Settings, values: dict[str, str]
) -> None:
    row = TABLE[key]
    method, path = address(key, row, values)
    with somebody(door, database, row.roles[0] if row.roles else "clinician") as (browser, token):
        valid, other = form(settings, token, row), form(settings, "another session", row)
        before = rows(database, "SELECT count(*) FROM audit_entries")
        for data, headers in (
            ({**row.fields}, {}),
            ({**valid, "csrf": "forged"}, {}),
            (other, {}),
            (valid, {"Origin": "https://elsewhere.example"}),
            (valid, {"Origin": "null"}),
            (valid, {"Sec-Fetch-Site": "cross-site"}),
            (valid, {"Sec-Fetch-Site": "same-site"}),
        ):
            assert browser.post(path, data=data, headers=headers).status_code == 403, (
                f"{key} {data} {headers}"
            )
        assert rows(database, "SELECT count(*) FROM audit_entries") == before


@pytest.mark.parametrize("key", [key for key in TABLE if TABLE[key].roles])
def test_without_the_second_factor_nothing_else_is_reached(
    key: str,
    strict_door: str,
    database: Database,
    settings: Settings,
    values: dict[str, str],
) -> None:
    row = TABLE[key]
    method, path = address(key, row, values)
    for has_one, step in ((False, SET_UP_PAGE), (True, CODE_PAGE)):
        user = desk_user(database, f"halfway.{has_one}@clinic.example", row.roles[0])
        with database.transaction() as session:
            if has_one:
                box = second_factor.sealer(settings.secret_key)
                second_factor.set_up(session, box, user.id, totp.new_secret(), 1, utc_now())
            token = users.start_session(session, user, utc_now(), second_factor=False)
        with browser_with(strict_door, token) as browser:
            browser.follow_redirects = False
            sent = {"data": form(settings, token, row)} if method == "POST" else {}
            response = ask(browser, method, path, **sent)
        where = response.headers.get("location", "")
        assert SECRET_WORDS not in read(response)
        if not row.early:
            assert (response.status_code, where) == (303, step), key
        elif not row.leaves:
            assert response.status_code < 500 and where in ("", CODE_PAGE, SET_UP_PAGE, "/desk"), key


@pytest.mark.parametrize("role", ["content_owner", "administrator"])
def test_who_does_not_work_on_cases_never_sees_a_conversation(
    role: str, door: str, database: Database, values: dict[str, str]
) -> None:
    with somebody(door, database, role) as (browser, _):
        for key, row in TABLE.items():
            if key.startswith("GET"):
                assert SECRET_WORDS not in read(ask(browser, *address(key, row, values))), key
    with somebody(door, database, "clinician") as (browser, _):
        assert SECRET_WORDS in browser.get(f"/desk/cases/{values['case_id']}").text


def test_a_case_that_does_not_exist_is_nobodys(door: str, database: Database) -> None:
    for role, status in (("clinician", 404), ("content_owner", 403), ("administrator", 403)):
        with somebody(door, database, role) as (browser, _):
            assert browser.get(f"/desk/cases/{uuid4()}").status_code == status


def test_only_a_lead_takes_or_gives_up_what_a_colleague_has_claimed(
    door: str, database: Database, settings: Settings, patient: Patient
) -> None:
    message_id = patient.say("hello, I think I am pregnant now")
    case = rows(database, "SELECT id FROM cases WHERE message_id = :m", m=message_id)[0]
    holder = desk_user(database, "has.it@clinic.example")

    def send(browser: httpx.Client, token: str, step: str, **fields: str) -> int:
        data = {"csrf": FormTokens(settings.secret_key).issue(token), "take_over": "1", **fields}
        return browser.post(f"/desk/cases/{case.id}/{step}", data=data).status_code

    def assignee() -> object:
        return rows(database, "SELECT assignee_id FROM cases WHERE id = :c", c=case.id)[0].assignee_id

    token = session_of(database, holder)
    with browser_with(door, token) as browser:
        browser.follow_redirects = False
        assert send(browser, token, "claim") == 303
        assert send(browser, token, "reply", reply="I am reading what you wrote.") == 303
    for role, claim, reply in (
        ("clinician", 409, 409),
        ("content_owner", 403, 403),
        ("administrator", 403, 403),
    ):
        with somebody(door, database, role) as (browser, token):
            assert send(browser, token, "claim") == send(browser, token, "release") == claim, role
            assert send(browser, token, "reply", reply="Mine now.") == reply, role
        assert assignee() == holder.id
    said = rows(database, "SELECT text FROM messages WHERE author = 'clinician' AND text = 'Mine now.'")
    assert said == []
    with somebody(door, database, "lead") as (browser, token):
        assert send(browser, token, "claim") == 303
        assert assignee() == desk_user(database, "lead.walks@clinic.example", "lead").id
        assert send(browser, token, "release") == 303
    assert assignee() is None
