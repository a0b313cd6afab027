"""Signing in through the clinic's OpenID Connect provider, over real HTTP, with a provider that forgives nothing."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from bot.accounts import second_factor, totp
from bot.content.facts import FactBook
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.app import create_app
from bot.gateway.desk.sign_in import FormTokens
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.desk import PASSWORD, csrf, desk_user, press
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import free_port, front_door
from tests.support.world import rows

START, BACK = "/desk/sign-in/clinic", "/desk/sign-in/clinic/return"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProvider]:
    found = OpenIdProvider()
    with found.up():
        yield found


@pytest.fixture
def provider(running: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """Somebody new is signed in at the provider, with a second factor."""
    name = uuid4().hex[:8]
    running.person = {
        "sub": name,
        "email": f"{name}@clinic.example",
        "email_verified": True,
        "name": f"Dr {name}",
        "groups": ["derm-docs"],
        "amr": ["pwd", "otp"],
    }
    running.user_info, running.broken, running.forge = {}, "", None
    running.distort, running.public_client = lambda claims: None, False
    running.faults.clear()
    yield running
    assert running.faults == []


Doors = Callable[..., str]


@pytest.fixture
def door_with(settings: Settings, facts: FactBook, provider: OpenIdProvider) -> Iterator[Doors]:
    """A front door with the clinic's sign-in, and other settings as a test wants them."""
    opened = []

    def open_door(**changes: Any) -> str:
        with_clinic = replace(
            settings,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_roles=("derm-leads=lead", "derm-docs=clinician", "it=administrator"),
            desk_second_factor="required",
        )
        app = create_app(replace(with_clinic, **changes), KeywordReader(), rule_book(), facts, WORDS)
        running = front_door(app, free_port())
        opened.append(running)
        address = running.__enter__()
        provider.redirect_uri = address + BACK
        return address

    yield open_door
    for running in opened:
        running.__exit__(None, None, None)


@pytest.fixture
def browser(door_with: Doors) -> Iterator[httpx.Client]:
    with at(door_with()) as client:
        yield client


def at(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, trust_env=False, follow_redirects=True)


def account(database: Database, email: str) -> Any:
    found = rows(database, "SELECT * FROM desk_users WHERE email = :e", e=email)
    return found[0] if found else None


def test_somebody_new_gets_an_account_with_the_role_of_the_group(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    assert "Sign in with your clinic's account" in browser.get("/desk/sign-in").text
    page = browser.get(START)
    assert (page.url.path, page.status_code) == ("/desk", 200)
    assert provider.person["name"] in page.text
    made = account(database, provider.person["email"])
    assert (made.role, made.password_hash) == ("clinician", None)
    assert made.oidc_subject == f"{provider.issuer}#{provider.person['sub']}"
    entries = rows(
        database, "SELECT action, details FROM audit_entries WHERE subject = :e ORDER BY number", e=made.email
    )
    assert [entry.action for entry in entries] == ["signed_in", "account_added"]
    assert entries[0].details == {"by": "clinic", "second_factor": True}


def test_the_same_person_keeps_the_account_and_takes_on_new_name_and_role(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    browser.get(START)
    first = account(database, provider.person["email"])
    provider.person.update(
        name="Dr New Name", groups=["derm-docs", "derm-leads"], email="moved@clinic.example"
    )
    assert browser.get(START).url.path == "/desk"
    again = account(database, first.email)
    assert (again.id, again.name, again.role) == (first.id, "Dr New Name", "lead")
    assert account(database, "moved@clinic.example") is None, "the audit trail knows people by their address"
    provider.person.update(groups=["cleaning"])
    assert browser.get(START).status_code == 403
    assert browser.get("/desk").url.path == "/desk/sign-in", "whoever left the group is out"


def test_an_account_is_joined_by_a_verified_address_only(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    email = provider.person["email"]
    local = desk_user(database, email, "lead")
    for value in (False, None, "true"):
        provider.person["email_verified"] = value
        page = browser.get(START)
        assert page.status_code == 403 and "an account with your mail address already" in page.text
    del provider.person["email"]
    provider.person.update(preferred_username=email, email_verified=True)
    assert browser.get(START).status_code == 403, "a user name is no verified address"
    assert account(database, email).oidc_subject is None
    provider.person.update(email=email, email_verified=True)
    assert browser.get(START).url.path == "/desk"
    assert account(database, email).id == local.id
    provider.person["sub"] = "somebody else"
    assert browser.get(START).status_code == 403, "an address belongs to one person"


def test_a_disabled_account_stays_out(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    browser.get(START)
    rows(
        database,
        "UPDATE desk_users SET disabled = true WHERE email = :e RETURNING 1",
        e=provider.person["email"],
    )
    page = browser.get(START)
    assert page.status_code == 403 and "is disabled" in page.text
    assert browser.get("/desk").url.path == "/desk/sign-in"


def test_without_a_group_or_an_address_nobody_gets_in(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    provider.person["groups"] = []
    page = browser.get(START)
    assert page.status_code == 403 and "has no role at the care desk" in page.text
    provider.person.update(groups=["derm-docs"])
    del provider.person["email"]
    assert "no mail address" in browser.get(START).text
    assert (
        rows(database, "SELECT 1 FROM desk_users WHERE oidc_subject LIKE :s", s=f"%#{provider.person['sub']}")
        == []
    )


@pytest.mark.parametrize(
    ("claims", "changes", "trusted"),
    [
        ({"amr": ["pwd"]}, {}, False),
        ({"amr": ["mfa"]}, {}, True),
        ({"amr": ["pwd"], "acr": "gold"}, {"oidc_acr": ("gold",)}, True),
        ({"amr": ["pwd"], "acr": "gold"}, {}, False),
        ({"amr": ["pwd"]}, {"oidc_second_factor": "always"}, True),
    ],
)
def test_the_providers_second_factor_is_trusted_only_if_it_says_so(
    door_with: Doors, provider: OpenIdProvider, claims: dict[str, Any], changes: dict[str, Any], trusted: bool
) -> None:
    provider.person.update(claims)
    with at(door_with(**changes)) as browser:
        page = browser.get(START)
        assert page.url.path == ("/desk" if trusted else "/desk/second-factor/set-up")
        assert browser.get("/desk").url.path == page.url.path
    if "oidc_acr" in changes:
        assert provider.authorization["acr_values"] == "gold"


def test_without_the_providers_our_own_second_factor_is_asked_for(
    browser: httpx.Client, provider: OpenIdProvider, database: Database, settings: Settings
) -> None:
    provider.person["amr"] = ["pwd"]
    browser.get(START)
    user, secret = account(database, provider.person["email"]), totp.new_secret()
    with database.transaction() as session:
        box = second_factor.sealer(settings.secret_key)
        second_factor.set_up(session, box, user.id, secret, 1, utc_now())
    assert browser.get(START).url.path == "/desk/second-factor"
    code = totp.code_at(secret, totp.step_at(utc_now()))
    assert press(browser, "/desk/second-factor", "/desk/second-factor", code=code).url.path == "/desk"


def test_keys_may_change_and_be_of_another_kind(browser: httpx.Client, provider: OpenIdProvider) -> None:
    before = provider.asked_for_keys
    assert browser.get(START).url.path == "/desk"
    assert browser.get(START).url.path == "/desk"
    assert provider.asked_for_keys == before + 1, "keys are kept"
    for algorithm in ("ES256", "RS256"):
        provider.rotate(algorithm)
        assert browser.get(START).url.path == "/desk"


def test_clocks_may_differ_a_little(browser: httpx.Client, provider: OpenIdProvider) -> None:
    now = int(time.time())
    for iat, exp, accepted in (
        (now + 60, now + 300, True),
        (now - 400, now - 60, True),
        (now - 900, now - 600, False),
        (now + 900, now + 1200, False),
    ):
        provider.distort = lambda claims, iat=iat, exp=exp: claims.update(iat=iat, exp=exp)
        assert browser.get(START).status_code == (200 if accepted else 403), (iat - now, exp - now)


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.pop(name)


@pytest.mark.parametrize(
    "distort",
    [
        lambda claims: claims.update(nonce="another"),
        lambda claims: claims.update(aud="another client"),
        lambda claims: claims.update(aud=[CLIENT_ID, "another"]),
        lambda claims: claims.update(azp="another"),
        lambda claims: claims.update(iss="https://elsewhere.example"),
        lambda claims: claims.update(at_hash="wrong"),
        lambda claims: claims.update(amr="mfa"),
        *(_without(name) for name in ("nonce", "aud", "iss", "sub", "exp", "iat")),
    ],
)
def test_a_token_for_somebody_or_something_else_is_refused(
    browser: httpx.Client, provider: OpenIdProvider, distort: Callable[[dict[str, Any]], None]
) -> None:
    provider.distort = distort
    page = browser.get(START)
    assert page.status_code == 403 and "was not completed" in page.text
    assert browser.get("/desk").url.path == "/desk/sign-in"


def _unsigned(claims: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def _with_client_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 2), ["HS256"])


def _by_somebody_else(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "mine"}, claims, RSAKey.generate_key(2048), ["RS256"])


@pytest.mark.parametrize(
    "forge", [_unsigned, _with_client_secret, _by_somebody_else, lambda claims: "a.b.c", lambda claims: None]
)
def test_a_forged_token_is_refused(
    browser: httpx.Client, provider: OpenIdProvider, forge: Callable[[dict[str, Any]], str | None]
) -> None:
    provider.forge = forge
    assert browser.get(START).status_code == 403
    assert browser.get("/desk").url.path == "/desk/sign-in"


def test_a_code_is_good_once_and_only_in_the_browser_that_asked(
    browser: httpx.Client, provider: OpenIdProvider, door_with: Doors
) -> None:
    browser.follow_redirects = False
    out = browser.get(START)
    back = httpx.get(out.headers["location"], trust_env=False).headers["location"]
    with at(str(browser.base_url)) as stranger:
        assert stranger.get(back).status_code == 400, "no cookie of this trip"
        stranger.get("/desk/sign-in")
        stranger.follow_redirects = False
        stranger.get(START)
        assert stranger.get(back).status_code == 400, "the state of another trip"
    kept = browser.cookies["desk_clinic_sign_in"]
    done = browser.get(back)
    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    assert browser.get(back).status_code == 400, "the trip is over"
    browser.cookies.set("desk_clinic_sign_in", kept, domain="127.0.0.1", path="/desk")
    assert browser.get(back).status_code == 403, "the provider knows the code no longer"


@pytest.mark.parametrize(
    "answer",
    ["", "?code=x", "?state=x", "?code=x&state=%00", "?error=access_denied", "?code=x&state=%F0%9F%98%80"],
)
def test_odd_returns_are_a_plain_page(browser: httpx.Client, answer: str) -> None:
    browser.follow_redirects = False
    browser.get(START)
    page = browser.get(BACK + answer)
    assert page.status_code == 400 and "begin again" in page.text


def test_a_provider_that_refuses_or_another_one_is_a_plain_page(
    browser: httpx.Client, provider: OpenIdProvider
) -> None:
    provider.broken = "refuses"
    assert browser.get(START).status_code == 403
    provider.broken = ""
    browser.follow_redirects = False
    out = browser.get(START)
    back = httpx.get(out.headers["location"], trust_env=False).headers["location"]
    mixed_up = back.rpartition("&iss=")[0] + "&iss=https%3A%2F%2Felsewhere.example"
    assert browser.get(mixed_up).status_code == 400


@pytest.mark.parametrize("broken", ["discovery", "issuer", "token"])
def test_a_provider_that_is_down_is_a_plain_page(
    browser: httpx.Client, provider: OpenIdProvider, broken: str
) -> None:
    provider.broken = broken
    page = browser.get(START)
    assert page.status_code == 503 and "does not answer just now" in page.text
    provider.broken = ""
    assert browser.get(START).url.path == "/desk"


def test_nobody_there_is_a_plain_page(door_with: Doors) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with at(door_with(oidc_issuer=nowhere)) as browser:
        assert browser.get(START).status_code == 503


def test_groups_may_come_with_the_user_info(browser: httpx.Client, provider: OpenIdProvider) -> None:
    del provider.person["groups"]
    provider.user_info = {"groups": ["it"]}
    assert browser.get(START).url.path == "/desk/accounts"
    provider.user_info = {"groups": ["it"], "sub": "somebody else"}
    assert browser.get(START).status_code == 403


def test_a_public_client_has_pkce_alone(door_with: Doors, provider: OpenIdProvider) -> None:
    provider.public_client = True
    with at(door_with(oidc_client_secret="")) as browser:
        assert browser.get(START).url.path == "/desk"


def test_passwords_can_be_switched_off(door_with: Doors, database: Database, settings: Settings) -> None:
    desk_user(database, "local@clinic.example")
    with at(door_with(desk_passwords=False)) as browser:
        page = browser.get("/desk/sign-in")
        assert 'name="password"' not in page.text and START in page.text
        form = {"email": "local@clinic.example", "password": PASSWORD}
        visitor = browser.cookies["desk_visitor"]
        assert visitor
        token = FormTokens(settings.secret_key).issue(visitor)
        assert browser.post("/desk/sign-in", data={"csrf": token, **form}).status_code == 403
        assert browser.get("/desk").url.path == "/desk/sign-in"
        assert browser.get(START).url.path == "/desk"


def test_switched_off_there_is_nothing(door: str) -> None:
    with at(door) as browser:
        assert browser.get(START).status_code == browser.get(BACK).status_code == 404
        assert START not in browser.get("/desk/sign-in").text


def test_the_last_administrator_stays_one_whatever_the_group_says(
    browser: httpx.Client, provider: OpenIdProvider, database: Database
) -> None:
    rows(database, "UPDATE desk_users SET role = 'clinician' WHERE role = 'administrator' RETURNING 1")
    provider.person["groups"] = ["it"]
    assert browser.get(START).url.path == "/desk/accounts"
    provider.person["groups"] = ["derm-docs"]
    assert browser.get(START).url.path == "/desk/accounts"
    desk_user(database, "one.more@clinic.example", "administrator")
    assert browser.get(START).url.path == "/desk"
    assert csrf(browser.get("/desk"))
