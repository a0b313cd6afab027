"""The care desk over real HTTP: who gets in, what they see, and that every step is theirs and is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from bot.accounts import users
from bot.database import Database
from tests.support.patient import Patient
from tests.support.world import rows

EMAIL, PASSWORD = "lee@clinic.example", "a long password for tests"


@pytest.fixture(scope="module", autouse=True)
def clinician(database: Database) -> None:
    with database.transaction() as session:
        users.create_user(session, "Lee@clinic.example", "Dr Lee", "clinician", PASSWORD)


@pytest.fixture
def browser(door: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=door, trust_env=False, follow_redirects=True) as client:
        yield client


@pytest.fixture
def desk(browser: httpx.Client, database: Database) -> httpx.Client:
    """A signed-in browser. The session is made directly: the sign-in form counts tries."""
    with database.transaction() as session:
        user = users.verify_password(session, EMAIL, PASSWORD)
        assert user is not None
        token = users.start_session(session, user, desk_time(database))
    browser.cookies.set("desk_session", token, path="/desk")
    return browser


def desk_time(database: Database) -> object:
    return rows(database, "SELECT now() AS now")[0].now


def csrf(page: httpx.Response) -> str:
    match = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert match, page.text
    return match.group(1)


def sign_in(browser: httpx.Client, email: str, password: str, **changes: str) -> httpx.Response:
    form = {"csrf": csrf(browser.get("/desk/sign-in")), "email": email, "password": password, **changes}
    return browser.post("/desk/sign-in", data=form)


def case_of(
    patient: Patient, database: Database, text: str = "hello, I think I am pregnant now"
) -> sa.engine.Row:
    message_id = patient.say(text)
    return rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)[0]


def test_the_desk_is_closed_to_strangers(door: str, patient: Patient, database: Database) -> None:
    case = case_of(patient, database)
    for method, path in (
        ("GET", "/desk"),
        ("GET", "/desk/live"),
        ("GET", "/desk/events"),
        ("GET", f"/desk/cases/{case.id}"),
        ("GET", f"/desk/cases/{case.id}/live"),
        ("POST", f"/desk/cases/{case.id}/acknowledge"),
        ("POST", "/desk/sign-out"),
    ):
        for cookie in ({}, {"Cookie": "desk_session=forged"}):
            response = httpx.request(method, door + path, headers=cookie, trust_env=False)
            assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in")
            assert case.reference not in response.text


def test_a_clinician_signs_in_and_out(browser: httpx.Client) -> None:
    page = sign_in(browser, " LEE@clinic.example ".strip(), PASSWORD)
    assert (page.url.path, page.status_code) == ("/desk", 200)
    assert "Dr Lee" in page.text
    cookie = page.history[0].headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/desk" in cookie
    out = browser.post("/desk/sign-out", data={"csrf": csrf(page)})
    assert out.url.path == "/desk/sign-in"
    assert browser.get("/desk").url.path == "/desk/sign-in"


def test_signing_out_ends_the_session_on_the_server(desk: httpx.Client) -> None:
    token = desk.cookies["desk_session"]
    desk.post("/desk/sign-out", data={"csrf": csrf(desk.get("/desk"))})
    desk.cookies.set("desk_session", token, path="/desk")
    assert desk.get("/desk").url.path == "/desk/sign-in"


def test_a_wrong_password_and_an_unknown_address_look_alike(browser: httpx.Client) -> None:
    wrong = sign_in(browser, "kim@clinic.example", "not the password")
    unknown = sign_in(browser, EMAIL, "not the password")
    assert wrong.status_code == unknown.status_code == 401
    pages = [re.sub(r'value="[^"]+"', "", page.text) for page in (wrong, unknown)]
    assert pages[0] == pages[1]
    assert "is not right" in pages[0]


def test_odd_sign_ins_are_just_wrong(browser: httpx.Client) -> None:
    for n, (email, password) in enumerate([("", ""), ("a\x00b", "x"), ("é" * 5000, "x" * 5000)]):
        assert sign_in(browser, email, password).status_code == 401, n


def test_guessing_is_slowed_down(browser: httpx.Client) -> None:
    email = f"{uuid4().hex}@clinic.example"
    pages = [sign_in(browser, email, f"guess {n}") for n in range(6)]
    assert [page.status_code for page in pages] == [401] * 5 + [429]
    assert 1 <= int(pages[-1].headers["retry-after"]) <= 30


def test_a_sign_in_from_another_site_is_refused(door: str, browser: httpx.Client) -> None:
    assert sign_in(browser, EMAIL, PASSWORD, csrf="forged").status_code == 403
    token = csrf(browser.get("/desk/sign-in"))
    form = {"csrf": token, "email": EMAIL, "password": PASSWORD}
    assert httpx.post(door + "/desk/sign-in", data=form, trust_env=False).status_code == 403


def test_a_disabled_account_is_out_at_once(desk: httpx.Client, database: Database) -> None:
    assert desk.get("/desk").url.path == "/desk"
    with database.transaction() as session:
        session.execute(sa.text("UPDATE desk_users SET disabled = true"))
    try:
        assert desk.get("/desk").url.path == "/desk/sign-in"
        with database.transaction() as session:
            assert users.verify_password(session, EMAIL, PASSWORD) is None
    finally:
        with database.transaction() as session:
            session.execute(sa.text("UPDATE desk_users SET disabled = false"))


def test_sessions_expire_and_only_hashes_are_stored(desk: httpx.Client, database: Database) -> None:
    stored = rows(database, "SELECT token_hash FROM desk_sessions")
    assert all(desk.cookies["desk_session"].encode() not in bytes(row.token_hash) for row in stored)
    with database.transaction() as session:
        session.execute(sa.text("UPDATE desk_sessions SET expires_at = now()"))
    assert desk.get("/desk").url.path == "/desk/sign-in"


def test_the_list_puts_the_most_urgent_first(
    desk: httpx.Client, patient: Patient, database: Database
) -> None:
    routine = case_of(patient, database, "a real person please")
    mood = case_of(patient, database, "i feel very low")
    urgent = case_of(patient, database)
    page = desk.get("/desk").text
    places = [page.index(case.reference) for case in (urgent, mood, routine)]
    assert places == sorted(places)
    assert [page.index(f'<h2 id="tier-{tier}"') for tier in (1, 2, 3)] == sorted(
        page.index(f'<h2 id="tier-{tier}"') for tier in (1, 2, 3)
    )
    assert "pregnant" not in page.lower().replace("possible pregnancy", "")


def test_a_case_says_why_it_was_raised(desk: httpx.Client, patient: Patient, database: Database) -> None:
    patient.say("hi there")
    case = case_of(patient, database, "hello, I am pregnant & what now")
    patient.say("yes I am pregnant, really")
    page = desk.get(f"/desk/cases/{case.id}").text
    why = page[page.index("Why did this page me?") : page.index('id="trail"')]
    assert why.count("<details") == 2 and why.count(" open>") == 1
    assert "hello, I am <mark>pregnant</mark> &amp; what now" in why
    assert "An earlier message" not in why.split("</details>")[0]
    assert "Detector test-reader" in why


def test_the_reasons_stay_when_the_words_are_deleted(
    desk: httpx.Client, patient: Patient, database: Database
) -> None:
    case = case_of(patient, database, "hello, I am pregnant now, said Quixote")
    stored = rows(database, "SELECT details FROM case_events WHERE case_id = :c", c=case.id)
    assert stored[0].details["explanation"]["category"] == "concern_pregnancy"
    assert "Quixote" not in str(stored)
    patient.http.delete("/widget/v1/session")
    why = desk.get(f"/desk/cases/{case.id}").text
    assert (
        "Why did this page me?" in why and "The patient deleted the message" in why and "Quixote" not in why
    )


def test_a_case_shows_the_conversation_with_the_evidence_marked(
    desk: httpx.Client, patient: Patient, database: Database
) -> None:
    case = case_of(patient, database, "<b>hello</b> am I pregnant & what now")
    page = desk.get(f"/desk/cases/{case.id}").text
    assert "&lt;b&gt;hello&lt;/b&gt; am I <mark>pregnant</mark> &amp; what now" in page
    patient.say("I am pregnant, I am sure")
    assert "I am <mark>pregnant</mark>, I am sure" in desk.get(f"/desk/cases/{case.id}").text
    assert "urgent help: concern_pregnancy" in page
    assert "I am a computer program, not a doctor." in page
    assert "[M40]" not in page


def test_buttons_pressed_by_another_site_do_nothing(
    desk: httpx.Client, patient: Patient, database: Database
) -> None:
    case = case_of(patient, database)
    for form in (
        {},
        {"csrf": ""},
        {"csrf": "forged"},
        {"csrf": csrf(httpx.get(f"{desk.base_url}/desk/sign-in"))},
    ):
        response = desk.post(f"/desk/cases/{case.id}/acknowledge", data=form)
        assert response.status_code == 403
    assert rows(database, "SELECT state FROM cases WHERE id = :c", c=case.id)[0].state == "open"


def test_a_deleted_conversation_leaves_the_quotation_only(
    desk: httpx.Client, patient: Patient, database: Database
) -> None:
    case = case_of(patient, database, "my name is Zebra and I am pregnant")
    patient.http.delete("/widget/v1/session")
    page = desk.get(f"/desk/cases/{case.id}").text
    assert "<blockquote>pregnant</blockquote>" in page
    assert "The patient deleted this conversation." in page
    assert "Zebra" not in page


def test_pages_work_without_inline_code(desk: httpx.Client, patient: Patient, database: Database) -> None:
    case = case_of(patient, database)
    for path in ("/desk", f"/desk/cases/{case.id}", "/desk/sign-in"):
        page = desk.get(path).text
        assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/desk.js" defer>']
        assert "style=" not in page
        assert "<style" not in page
        assert not re.search(r"\son\w+=", page)
    assert desk.get("/static/desk.css").headers["content-type"] == "text/css; charset=utf-8"
    assert desk.get("/static/desk.js").headers["content-type"] == "text/javascript; charset=utf-8"
