"""The clinicians' accounts, as the command line manages them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.accounts.models import desk_sessions, desk_users
from bot.accounts.users import create_user
from bot.database import Database
from bot.errors import AssistantError

SHORTEST_PASSWORD: Final = 12


class AccountError(AssistantError):
    """An account that cannot be made or found. The message says what to do."""


@dataclass(frozen=True)
class Account:
    """`role` is clinician or lead."""

    email: str
    name: str
    role: str
    disabled: bool


def add_account(database_url: str, email: str, name: str, role: str, password: str) -> None:
    """Make an account.

    Raises:
        AccountError: the address is no mail address or is taken, the password short or the name empty.
    """
    email = email.strip().lower()
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"The password is too short: use at least {SHORTEST_PASSWORD} characters")
    if "@" not in email[1:-1] or any(character.isspace() for character in email):
        raise AccountError(f"{email!r} is not a mail address: write it as name@clinic.example")
    if not name.strip():
        raise AccountError("The name is empty: give the one that colleagues read")
    with _transaction(database_url) as session:
        if _id_of(session, email) is not None:
            raise AccountError(f"{email} has an account already: choose another address, or disable that one")
        create_user(session, email, name, role, password)


def has_account(database_url: str, email: str) -> bool:
    with _transaction(database_url) as session:
        return _id_of(session, email) is not None


def accounts(database_url: str) -> list[Account]:
    """Everybody, by address."""
    columns = (desk_users.c.email, desk_users.c.name, desk_users.c.role, desk_users.c.disabled)
    with _transaction(database_url) as session:
        return [Account(*row) for row in session.execute(sa.select(*columns).order_by(desk_users.c.email))]


def disable_account(database_url: str, email: str) -> None:
    """Let nobody in with this account any more, and end its sessions.

    Raises:
        AccountError: there is no such account.
    """
    email = email.strip().lower()
    with _transaction(database_url) as session:
        user_id = _id_of(session, email)
        if user_id is None:
            raise AccountError(f"{email} has no account: `python -m bot user list` shows who has")
        session.execute(sa.update(desk_users).where(desk_users.c.id == user_id).values(disabled=True))
        session.execute(sa.delete(desk_sessions).where(desk_sessions.c.user_id == user_id))


def read_password() -> str:
    """Typed twice at a terminal, or one line of stdin.

    Raises:
        AccountError: the two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise AccountError("The two passwords differ: try again")
    return password


def _id_of(session: Session, email: str) -> object | None:
    found: object | None = session.execute(
        sa.select(desk_users.c.id).where(desk_users.c.email == email)
    ).scalar_one_or_none()
    return found


@contextmanager
def _transaction(database_url: str) -> Iterator[Session]:
    database = Database(database_url)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.dispose()
