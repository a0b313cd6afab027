"""The accounts of the care desk, as the command line manages them. Each change is an entry of the audit trail."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.accounts import management, users
from bot.accounts.errors import AccountError
from bot.accounts.management import Account
from bot.accounts.roles import Role
from bot.audit import Entry, record
from bot.conversations.service import utc_now
from bot.database import Database

ACTOR: Final = "command line"


def add_account(
    database_url: str, email: str, name: str, role: str, password: str, *, actor: str = ACTOR
) -> None:
    """Make an account.

    Raises:
        AccountError: the address is no mail address or is taken, the password weak, the name empty, the role unknown.
    """
    with _transaction(database_url) as session:
        management.add(session, email, name, role, password)
        _record(session, actor, "account_added", email, role=role)


def has_account(database_url: str, email: str) -> bool:
    with _transaction(database_url) as session:
        return bool(users.names_of(session, [email.strip().lower()]))


def accounts(database_url: str) -> list[Account]:
    """Everybody, by address."""
    with _transaction(database_url) as session:
        return management.all_accounts(session)


def disable_account(database_url: str, email: str) -> str:
    """Let nobody in with this account any more, and end its sessions. A warning when no administrator is left.

    Raises:
        AccountError: there is no such account.
    """
    with _changing(database_url, email, "account_disabled") as (session, account):
        management.disable(session, account, None)
        return _nobody_left(session, account)


def enable_account(database_url: str, email: str) -> None:
    """Raises AccountError when there is no such account."""
    with _changing(database_url, email, "account_enabled") as (session, account):
        management.enable(session, account, None)


def change_role(database_url: str, email: str, role: str) -> str:
    """Give another role and end the account's sessions. A warning when no administrator is left.

    Raises:
        AccountError: there is no such account or role.
    """
    with _changing(database_url, email, "account_role_changed", to=role) as (session, account):
        management.set_role(session, account, role, None)
        return _nobody_left(session, account)


def reset_second_factor(database_url: str, email: str) -> None:
    """For a lost phone. Raises AccountError when there is no such account."""
    with _changing(database_url, email, "second_factor_reset") as (session, account):
        management.reset_second_factor(session, account, None)


def change_password(database_url: str, email: str, password: str) -> None:
    """Raises AccountError when there is no such account or the password is weak."""
    with _changing(database_url, email, "account_password_changed") as (session, account):
        management.set_password(session, account, password)


def line_of(account: Account) -> str:
    """One line of `python -m bot user list`."""
    words = [account.email, account.name, "disabled" if account.disabled else account.role]
    if account.second_factor:
        words.append("second factor")
    if account.from_clinic:
        words.append("clinic's sign-in")
    elif not account.has_password:
        words.append("no password yet")
    return "  ".join(words)


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


def _nobody_left(session: Session, account: Account) -> str:
    was_one = account.role == Role.ADMINISTRATOR.value and not account.disabled
    if not was_one or management.administrators_left(session) > 0:
        return ""
    return "No administrator is left: `python -m bot user role EMAIL administrator` makes one."


@contextmanager
def _changing(
    database_url: str, email: str, action: str, **details: Any
) -> Iterator[tuple[Session, Account]]:
    """The account that is changed; the change is written down when the block ends without an error."""
    with _transaction(database_url) as session:
        account = management.account_at(session, email)
        yield session, account
        _record(session, ACTOR, action, account.email, **details)


def _record(session: Session, actor: str, action: str, email: str, **details: Any) -> None:
    record(session, Entry(actor, action, "account", email.strip().lower(), details), utc_now())


@contextmanager
def _transaction(database_url: str) -> Iterator[Session]:
    database = Database(database_url)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.dispose()
