"""Getting into the care desk in tests: accounts, signed-in browsers, the token of a form.

The session is made directly in the database: the sign-in form counts tries. Whether the way through the form works is
for tests/contract/desk/test_signing_in.py to say.
"""

from __future__ import annotations

import re

import httpx
import sqlalchemy as sa

from bot.accounts import users
from bot.accounts.users import DeskUser
from bot.conversations.service import utc_now
from bot.database import Database

PASSWORD = "a long password for tests"
# Plain, and behind HTTPS; with their paths.
COOKIES = {"desk_session": "/desk", "__Host-desk_session": "/"}


def desk_user(database: Database, email: str, role: str = "clinician", name: str = "") -> DeskUser:
    """The account with this address, made with `PASSWORD` when there is none; its role is `role` afterwards."""
    with database.transaction() as session:
        if users.enabled_user(session, email) is None:
            users.create_user(session, email, name or email.partition("@")[0].title(), role, PASSWORD)
        session.execute(
            sa.text("UPDATE desk_users SET role = :role WHERE email = :email"), {"role": role, "email": email}
        )
        user = users.enabled_user(session, email)
        assert user is not None
        return user


def session_of(database: Database, user: DeskUser) -> str:
    """The token of a new session that has got past the second factor."""
    with database.transaction() as session:
        return users.start_session(session, user, utc_now(), second_factor=True)


def signed_in(door: str, database: Database, email: str, role: str = "clinician") -> httpx.Client:
    """A browser at the front door `door`, signed in as this person. Close it after use, or use it with `with`."""
    return browser_with(door, session_of(database, desk_user(database, email, role)))


def browser_with(door: str, token: str) -> httpx.Client:
    """A browser that holds this session; it follows redirects."""
    client = httpx.Client(base_url=door, trust_env=False, follow_redirects=True)
    for name, path in COOKIES.items():
        client.cookies.set(name, token, domain=client.base_url.host, path=path)
    return client


def csrf(page: httpx.Response) -> str:
    """The token of the forms on a page."""
    match = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert match, page.text
    return match.group(1)


def press(browser: httpx.Client, page: str, action: str, **fields: str) -> httpx.Response:
    """Send a form that stands on the page at `page` to `action`."""
    return browser.post(action, data={"csrf": csrf(browser.get(page)), **fields})
