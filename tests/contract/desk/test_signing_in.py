"""The ways into the desk and out: second factor, waits after wrong tries, sessions, invitations, accounts."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.accounts import management, totp, tries, users
from bot.accounts.errors import AccountError
from bot.content.facts import FactBook
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.desk import PASSWORD, browser_with, csrf, desk_user, press, session_of, signed_in
from tests.support.patient import Patient
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door
from tests.support.world import rows


class Clock:
    """The front door's time. It moves when a test says so."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def move(self, **by: float) -> None:
        with self._lock:
            self.ahead += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def strict(settings: Settings, facts: FactBook, clock: Clock) -> Iterator[str]:
    """A front door at which a second factor is required."""
    app = create_app(
        replace(settings, desk_second_factor="required"),
        KeywordReader(),
        rule_book(),
        facts,
        WORDS,
        clock=clock,
    )
    with front_door(app) as address:
        yield address


@pytest.fixture
def browser(strict: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=strict, trust_env=False, follow_redirects=True) as client:
        yield client


def enter(browser: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return press(browser, "/desk/sign-in", "/desk/sign-in", email=email, password=password)


def offered(page: httpx.Response) -> tuple[str, str]:
    """The key that a set-up page shows for typing, and the sealed offer in its form."""
    typed = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.text)
    offer = re.search(r'name="offer" value="([^"]+)"', page.text)
    assert typed and offer, page.text
    return typed[1].replace(" ", ""), offer[1]


def set_up(browser: httpx.Client, clock: Clock, page: httpx.Response, **more: str) -> tuple[str, list[str]]:
    """Set up the second factor that a page offers: its key, and the recovery codes."""
    secret, offer = offered(page)
    code = totp.code_at(secret, totp.step_at(clock()))
    done = browser.post(
        "/desk/second-factor/set-up", data={"csrf": csrf(page), "offer": offer, "code": code, **more}
    )
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", done.text)
    assert done.status_code == 200 and len(set(codes)) == 10, done.text
    return secret, codes


def code(secret: str, clock: Clock, steps: int = 0) -> str:
    return totp.code_at(secret, totp.step_at(clock()) + steps)


def tell(browser: httpx.Client, code: str) -> httpx.Response:
    return press(browser, "/desk/second-factor", "/desk/second-factor", code=code)


def actions(database: Database, email: str) -> list[str]:
    found = rows(database, "SELECT action FROM audit_entries WHERE actor = :e ORDER BY number", e=email)
    return [entry.action for entry in found]


def test_the_first_sign_in_leads_to_a_second_factor_and_the_next_ones_ask_for_it(
    browser: httpx.Client, clock: Clock, database: Database
) -> None:
    email = "story@clinic.example"
    desk_user(database, email)
    page = enter(browser, email)
    assert page.url.path == "/desk/second-factor/set-up"
    assert browser.get("/desk").url.path == "/desk/second-factor/set-up"
    assert "<svg" in page.text and "style=" not in page.text and "otpauth://totp/" in page.text
    before = browser.cookies["desk_session"]
    secret, codes = set_up(browser, clock, page)
    assert browser.cookies["desk_session"] != before
    assert browser.get("/desk").url.path == "/desk"
    press(browser, "/desk", "/desk/sign-out")

    clock.move(minutes=1)
    asked = enter(browser, email)
    assert asked.url.path == "/desk/second-factor" and browser.get("/desk").url.path == "/desk/second-factor"
    assert tell(browser, "000000").status_code == 401
    half = browser.cookies["desk_session"]
    assert tell(browser, code(secret, clock)).url.path == "/desk"
    with browser_with(str(browser.base_url), half) as old:
        assert old.get("/desk").url.path == "/desk/sign-in"
    press(browser, "/desk", "/desk/sign-out")

    enter(browser, email)
    assert tell(browser, code(secret, clock)).status_code == 401, "a code counts once"
    assert tell(browser, codes[3].lower().replace("-", " ")).url.path == "/desk"
    press(browser, "/desk", "/desk/sign-out")
    enter(browser, email)
    assert tell(browser, codes[3]).status_code == 401, "a recovery code counts once"
    assert tell(browser, code(secret, clock, +1)).url.path == "/desk", "a phone may be half a minute ahead"
    assert "9 of 10 recovery codes left" in browser.get("/desk/account").text

    stored = rows(database, "SELECT totp_secret FROM desk_users WHERE email = :e", e=email)[0]
    assert secret.encode() not in bytes(stored.totp_secret)
    hashes = [bytes(row.code_hash) for row in rows(database, "SELECT code_hash FROM recovery_codes")]
    assert not any(one.replace("-", "").encode() in stored for one in codes for stored in hashes)
    assert actions(database, email)[:3] == ["sign_in_started", "signed_in", "second_factor_set_up"]
    assert "sign_in_failed" in actions(database, email)


def test_a_second_factor_counts_only_when_a_code_has_confirmed_it(
    browser: httpx.Client, clock: Clock, database: Database
) -> None:
    desk_user(database, "unsure@clinic.example")
    page = enter(browser, "unsure@clinic.example")
    secret, offer = offered(page)
    wrong = browser.post(
        "/desk/second-factor/set-up", data={"csrf": csrf(page), "offer": offer, "code": "123"}
    )
    assert wrong.status_code == 422 and offered(wrong)[0] == secret, "the same key is shown again"
    assert browser.get("/desk").url.path == "/desk/second-factor/set-up"
    clock.move(minutes=10)
    other = "another@clinic.example"
    desk_user(database, other)
    with httpx.Client(base_url=browser.base_url, trust_env=False, follow_redirects=True) as second:
        page = enter(second, other)
        done = second.post(
            "/desk/second-factor/set-up",
            data={"csrf": csrf(page), "offer": offer, "code": code(secret, clock)},
        )
        assert done.status_code == 422, "an offer is for one person"
    assert (
        rows(database, "SELECT 1 FROM desk_users WHERE totp_secret IS NOT NULL AND email = :e", e=other) == []
    )


def test_a_new_app_needs_a_code_of_the_old_one(
    browser: httpx.Client, clock: Clock, database: Database
) -> None:
    email = "changes@clinic.example"
    desk_user(database, email)
    first, codes = set_up(browser, clock, enter(browser, email))
    clock.move(minutes=1)
    page = browser.get("/desk/second-factor/set-up")
    secret, offer = offered(page)
    fields = {"csrf": csrf(page), "offer": offer, "code": code(secret, clock)}
    for present in ("", "000000", code(secret, clock)):
        refused = browser.post("/desk/second-factor/set-up", data={**fields, "present_code": present})
        assert refused.status_code == 401
    set_up(browser, clock, page, present_code=code(first, clock))
    assert "10 of 10 recovery codes left" in browser.get("/desk/account").text
    press(browser, "/desk", "/desk/sign-out")
    enter(browser, email)
    assert tell(browser, codes[0]).status_code == 401, "the old recovery codes are void"


def test_new_recovery_codes_make_the_old_ones_void(
    browser: httpx.Client, clock: Clock, database: Database
) -> None:
    email = "codes@clinic.example"
    desk_user(database, email)
    secret, old = set_up(browser, clock, enter(browser, email))
    clock.move(minutes=1)
    page = press(browser, "/desk/account", "/desk/account/recovery-codes", code=old[0])
    assert len(re.findall(r"<code>([A-Z2-9-]{19})</code>", page.text)) == 10
    page = press(browser, "/desk/account", "/desk/account/recovery-codes", code=old[1])
    assert page.status_code == 401
    assert "second_factor_codes_renewed" in actions(database, email)


def test_half_a_sign_in_does_not_wait_for_ever(
    browser: httpx.Client, clock: Clock, database: Database
) -> None:
    desk_user(database, "slow@clinic.example")
    enter(browser, "slow@clinic.example")
    clock.move(minutes=16)
    assert browser.get("/desk/second-factor/set-up").url.path == "/desk/sign-in"


def test_waits_grow_are_told_survive_a_restart_and_end(
    settings: Settings, facts: FactBook, database: Database
) -> None:
    clock = Clock()
    email = "guessed@clinic.example"
    desk_user(database, email)

    def door() -> Any:
        return front_door(create_app(settings, KeywordReader(), rule_book(), facts, WORDS, clock=clock))

    waits = []
    for _ in range(4):
        with door() as address, httpx.Client(base_url=address, trust_env=False, follow_redirects=True) as b:
            while (page := enter(b, email, "wrong")).status_code == 401:
                pass
            assert page.status_code == 429
            waits.append(int(page.headers["retry-after"]))
            said = re.search(r"Wait (\d+) (second|minute)s? and", page.text)
            assert said, page.text
            assert int(said[1]) * (60 if said[2] == "minute" else 1) >= waits[-1]
            assert enter(b, email).status_code == 429, "the right password waits too"
            clock.move(seconds=waits[-1])
    assert waits == [15, 30, 60, 120]
    with door() as address, httpx.Client(base_url=address, trust_env=False, follow_redirects=True) as b:
        assert enter(b, email).url.path == "/desk"
    key = tries.key_of(settings.secret_key, "password", email, "")
    assert rows(database, "SELECT 1 FROM sign_in_tries WHERE key = :key", key=key) == []


def test_an_unknown_address_waits_like_a_known_one(strict: str, database: Database) -> None:
    desk_user(database, "known@clinic.example")
    told = []
    for email in ("known@clinic.example", "never.heard@clinic.example"):
        with httpx.Client(base_url=strict, trust_env=False, follow_redirects=True) as b:
            pages = [enter(b, email, "wrong") for _ in range(6)]
        told.append(
            [(page.status_code, re.sub(r'value="[^"]+"|\d+ seconds', "", page.text)) for page in pages]
        )
    assert told[0] == told[1] and [status for status, _ in told[0]] == [401] * 5 + [429]
    entries = rows(database, "SELECT actor, details FROM audit_entries WHERE action = 'sign_in_failed'")
    assert "never.heard@clinic.example" not in str(entries), "it may be a password"
    assert {"known@clinic.example", "unknown"} <= {entry.actor for entry in entries}


def test_a_guesser_elsewhere_keeps_nobody_out_of_a_browser_they_know(
    settings: Settings, facts: FactBook, database: Database
) -> None:
    clock, email = Clock(), "nurse@clinic.example"
    desk_user(database, email)
    app = create_app(settings, KeywordReader(), rule_book(), facts, WORDS, clock=clock)
    with (
        front_door(app) as address,
        httpx.Client(base_url=address, trust_env=False, follow_redirects=True) as ward,
    ):
        assert enter(ward, email).url.path == "/desk"
        press(ward, "/desk", "/desk/sign-out")
        with httpx.Client(base_url=address, trust_env=False, follow_redirects=True) as guesser:
            assert [enter(guesser, email, "wrong").status_code for _ in range(6)][-1] == 429
            assert enter(guesser, email).status_code == 429
        assert enter(ward, email).url.path == "/desk"
        press(ward, "/desk", "/desk/sign-out")
        assert [enter(ward, email, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]


def test_many_guesses_at_once_are_no_way_around_the_wait(database: Database, settings: Settings) -> None:
    key = tries.key_of(settings.secret_key, "password", "storm@clinic.example")
    now = utc_now()

    def one(_: int) -> bool:
        with database.transaction() as session:
            return not tries.begin(session, key, now)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 5


def test_codes_are_slowed_down_too(browser: httpx.Client, clock: Clock, database: Database) -> None:
    email = "codes.guessed@clinic.example"
    desk_user(database, email)
    secret, _ = set_up(browser, clock, enter(browser, email))
    press(browser, "/desk", "/desk/sign-out")
    clock.move(minutes=1)
    enter(browser, email)
    assert [tell(browser, f"00000{n}").status_code for n in range(6)] == [401] * 5 + [429]
    assert tell(browser, code(secret, clock)).status_code == 429
    clock.move(seconds=16)
    assert tell(browser, code(secret, clock)).url.path == "/desk"


def test_a_session_ends_without_activity_and_after_twelve_hours(
    strict: str, clock: Clock, database: Database
) -> None:
    user = desk_user(database, "idle@clinic.example")
    with browser_with(strict, session_of(database, user)) as browser:
        clock.move(minutes=29)
        assert browser.get("/desk").url.path == "/desk"
        clock.move(minutes=29)
        assert browser.get("/desk").url.path == "/desk", "using the desk keeps it open"
        clock.move(minutes=31)
        assert browser.get("/desk").url.path == "/desk/sign-in"
    with browser_with(strict, session_of(database, user)) as browser:
        clock.ahead = timedelta(0)
        for _ in range(35):
            clock.move(minutes=20)
            assert browser.get("/desk/account").url.path == "/desk/account"
        clock.move(minutes=21)
        assert browser.get("/desk/account").url.path == "/desk/sign-in"


def test_a_link_that_was_followed_before_the_sign_in_is_reached_after_it(
    browser: httpx.Client, clock: Clock, patient: Patient, database: Database
) -> None:
    message_id = patient.say("hello, I think I am pregnant now")
    case = rows(database, "SELECT id FROM cases WHERE message_id = :m", m=message_id)[0]
    email = "paged@clinic.example"
    desk_user(database, email)
    secret, _ = set_up(browser, clock, enter(browser, email))
    press(browser, "/desk", "/desk/sign-out")
    clock.move(minutes=1)
    assert browser.get(f"/desk/cases/{case.id}").url.path == "/desk/sign-in"
    assert enter(browser, email).url.path == "/desk/second-factor"
    assert tell(browser, code(secret, clock)).url.path == f"/desk/cases/{case.id}"


@pytest.mark.parametrize(
    "wanted", ["//elsewhere.example/desk", "https://elsewhere.example", "/desk/accounts", "/x"]
)
def test_where_one_wanted_to_go_never_leads_elsewhere(door: str, database: Database, wanted: str) -> None:
    desk_user(database, "wanders@clinic.example")
    with httpx.Client(base_url=door, trust_env=False, follow_redirects=True) as browser:
        browser.cookies.set("desk_wanted", wanted)
        assert enter(browser, "wanders@clinic.example").url.path == "/desk"


def test_changing_the_password_ends_the_other_sessions(door: str, database: Database) -> None:
    email = "renews@clinic.example"
    with signed_in(door, database, email) as here, signed_in(door, database, email) as there:
        page = press(
            here,
            "/desk/account",
            "/desk/account/password",
            present="wrong",
            wanted="b" * 6 + "cdefgh",
            again="b" * 6 + "cdefgh",
        )
        assert page.status_code == 401
        for wanted, again in (("short", "short"), ("a new long sentence", "another one, longer")):
            page = press(
                here, "/desk/account", "/desk/account/password", present=PASSWORD, wanted=wanted, again=again
            )
            assert page.status_code == 422
        assert there.get("/desk").url.path == "/desk"
        new = "a new long sentence"
        page = press(here, "/desk/account", "/desk/account/password", present=PASSWORD, wanted=new, again=new)
        assert page.status_code == 200 and "Your password is changed" in page.text
        assert there.get("/desk").url.path == "/desk/sign-in"
        assert here.get("/desk").url.path == "/desk"
    with database.transaction() as session:
        assert users.verify_password(session, email, new) is not None
        assert users.verify_password(session, email, PASSWORD) is None


def test_signing_out_everywhere_means_everywhere(door: str, database: Database) -> None:
    email = "everywhere@clinic.example"
    with signed_in(door, database, email) as here, signed_in(door, database, email) as there:
        listed = here.get("/desk/account").text
        assert listed.count("with a second factor") == 2 and listed.count("this one") == 1
        press(here, "/desk/account", "/desk/account/sign-out-everywhere")
        assert here.get("/desk").url.path == there.get("/desk").url.path == "/desk/sign-in"


def test_over_https_cookies_are_bound_to_this_host(
    settings: Settings, facts: FactBook, database: Database
) -> None:
    public = replace(settings, public_url="https://assistant.clinic.example")
    desk_user(database, "https@clinic.example")
    app = create_app(public, KeywordReader(), rule_book(), facts, WORDS)
    with front_door(app) as address, httpx.Client(base_url=address, trust_env=False) as browser:
        page = browser.get("/desk/sign-in")
        visitor = page.headers["set-cookie"]
        assert visitor.startswith("__Host-desk_visitor=")
        form = {"csrf": csrf(page), "email": "https@clinic.example", "password": PASSWORD}
        jar = {"Cookie": visitor.partition(";")[0]}
        done = browser.post("/desk/sign-in", data=form, headers=jar)
        (cookie,) = [
            one for one in done.headers.get_list("set-cookie") if one.startswith("__Host-desk_session")
        ]
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
        own = {"Origin": "https://assistant.clinic.example", "Sec-Fetch-Site": "same-origin"}
        token = cookie.partition(";")[0]
        plain = token.removeprefix("__Host-")
        assert browser.get("/desk", headers={"Cookie": token}).status_code == 200
        assert browser.get("/desk", headers={"Cookie": plain}).status_code == 303
        assert browser.post("/desk/sign-in", data=form, headers={**jar, **own}).status_code == 303


@pytest.fixture
def admin(door: str, database: Database) -> Iterator[httpx.Client]:
    with signed_in(door, database, "admin@clinic.example", "administrator") as found:
        yield found


def account_path(database: Database, email: str, step: str) -> str:
    found = rows(database, "SELECT id FROM desk_users WHERE email = :e", e=email)
    return f"/desk/accounts/{found[0].id}/{step}"


def change(admin: httpx.Client, database: Database, email: str, step: str, **fields: str) -> httpx.Response:
    return press(admin, "/desk/accounts", account_path(database, email, step), **fields)


def test_an_administrator_invites_and_the_link_works_once(
    admin: httpx.Client, door: str, database: Database
) -> None:
    email = "new.nurse@clinic.example"
    page = press(admin, "/desk/accounts", "/desk/accounts", email=email, name="Nia <New>", role="clinician")
    link = re.search(r'id="link">([^<]+)<', page.text)
    assert link and "Nia &lt;New&gt;" in page.text and link[1] not in admin.get("/desk/accounts").text
    where = link[1].removeprefix(door)
    with httpx.Client(base_url=door, trust_env=False, follow_redirects=True) as browser:
        assert enter(browser, email, "").status_code == 401
        shown = browser.get(where)
        token = where.partition("token=")[2]
        fields = {"csrf": csrf(shown), "token": token}
        weak = browser.post("/desk/invitation", data={**fields, "wanted": "nurse", "again": "nurse"})
        assert weak.status_code == 422 and "too short" in weak.text
        good = {"wanted": "seven green umbrellas", "again": "seven green umbrellas"}
        assert browser.post("/desk/invitation", data={**fields, **good}).url.path == "/desk"
        assert browser.get(where).status_code == 404
        assert browser.post("/desk/invitation", data={**fields, **good}).status_code in (403, 404)
    stored = rows(database, "SELECT count(*) AS n FROM invitations")[0].n
    assert stored == 0
    found = rows(database, "SELECT action FROM audit_entries WHERE subject = :e ORDER BY number", e=email)
    assert [entry.action for entry in found][:1] == ["account_added"]
    assert "account_invitation_accepted" in [entry.action for entry in found]


def test_an_old_link_and_one_of_a_disabled_account_open_nothing(
    admin: httpx.Client, door: str, database: Database
) -> None:
    email = "late@clinic.example"
    desk_user(database, email)
    links = []
    for _ in range(2):
        page = change(admin, database, email, "link")
        found = re.search(r'id="link">([^<]+)<', page.text)
        assert found
        links.append(found[1].removeprefix(door))
    with httpx.Client(base_url=door, trust_env=False) as browser:
        assert [browser.get(link).status_code for link in links] == [404, 200], "the newest counts"
        rows(database, "UPDATE invitations SET expires_at = now() RETURNING 1")
        assert browser.get(links[1]).status_code == 404
        change(admin, database, email, "disable")
        assert change(admin, database, email, "link").status_code == 409
        assert browser.get("/desk/invitation").status_code == 404


def test_a_disabled_or_changed_account_is_out_at_once(
    admin: httpx.Client, door: str, database: Database
) -> None:
    email = "leaves@clinic.example"
    with signed_in(door, database, email) as browser:
        assert browser.get("/desk").url.path == "/desk"
        assert change(admin, database, email, "disable").status_code == 200
        assert browser.get("/desk").url.path == "/desk/sign-in"
    assert change(admin, database, email, "enable").status_code == 200
    with signed_in(door, database, email) as browser:
        assert change(admin, database, email, "role", role="lead").status_code == 200
        assert browser.get("/desk").url.path == "/desk/sign-in", "more rights come with a new sign-in"
    assert change(admin, database, email, "role", role="king").status_code == 409
    assert change(admin, database, email, "explode").status_code == 404
    entries = rows(database, "SELECT action, details FROM audit_entries WHERE subject = :e", e=email)
    assert ("account_role_changed", {"from": "clinician", "to": "lead"}) in [tuple(one) for one in entries]


def test_a_lost_phone_is_forgotten_by_an_administrator(
    admin: httpx.Client, browser: httpx.Client, clock: Clock, database: Database
) -> None:
    email = "lost@clinic.example"
    desk_user(database, email)
    set_up(browser, clock, enter(browser, email))
    assert change(admin, database, email, "reset-second-factor").status_code == 200
    assert browser.get("/desk").url.path == "/desk/sign-in"
    assert enter(browser, email).url.path == "/desk/second-factor/set-up"
    assert (
        rows(
            database,
            "SELECT 1 FROM recovery_codes c JOIN desk_users u ON u.id = c.user_id WHERE email = :e",
            e=email,
        )
        == []
    )


def test_nobody_changes_the_own_account_nor_the_last_administrator(
    admin: httpx.Client, door: str, database: Database
) -> None:
    own = "admin@clinic.example"
    for step in ("disable", "role", "reset-second-factor", "link", "enable"):
        page = change(admin, database, own, step, role="clinician")
        assert page.status_code == 409 and "your own account" in page.text
    other = "other.admin@clinic.example"
    with signed_in(door, database, other, "administrator") as second:
        # As if both pressed at the same moment: the first is disabled when the second one's step begins.
        token = second.cookies["desk_session"]
        assert change(admin, database, other, "role", role="clinician").status_code == 200
        assert token and second.get("/desk/accounts").url.path == "/desk/sign-in"
    assert rows(database, "SELECT 1 FROM desk_users WHERE role = 'administrator' AND NOT disabled")


def test_after_the_sign_in_each_role_lands_where_it_works(door: str, database: Database) -> None:
    for role, pages in (
        ("clinician", {"/desk"}),
        ("lead", {"/desk"}),
        ("administrator", {"/desk/accounts"}),
        ("content_owner", {"/desk/insight", "/desk/account"}),
    ):
        email = f"lands.{role}@clinic.example"
        desk_user(database, email, role)
        with httpx.Client(base_url=door, trust_env=False, follow_redirects=True) as browser:
            assert enter(browser, email).url.path in pages
            assert browser.get("/desk").url.path in pages


def test_two_administrators_who_disable_each_other_at_once_leave_one(database: Database) -> None:
    rows(database, "UPDATE desk_users SET disabled = true WHERE role = 'administrator' RETURNING 1")
    pair = [desk_user(database, f"duel{n}@clinic.example", "administrator") for n in (1, 2)]
    at_once = threading.Barrier(2)

    def strike(n: int) -> bool:
        try:
            with database.transaction() as session:
                account = management.account_of(session, pair[1 - n].id)
                at_once.wait(5)
                management.disable(session, account, pair[n])
        except AccountError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(strike, (0, 1))) == [False, True]
