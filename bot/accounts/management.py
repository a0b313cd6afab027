"""Adding, changing and disabling accounts. Whoever is changed is signed out everywhere.

The command line may do all of it. An administrator at the desk may not change the own account nor the last
administrator's: `by` is who asks, None for the command line. Each function runs in the caller's transaction, who
records it in the audit trail too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.accounts import passwords, second_factor, users
from bot.accounts.errors import AccountError
from bot.accounts.models import desk_users, invitations
from bot.accounts.roles import Role
from bot.accounts.users import DeskUser
from bot.secret_tokens import hash_token, new_token

INVITATION_LIFETIME: Final = timedelta(hours=72)
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Account:
    """An account as those see it who manage it. `role` is a value of Role."""

    id: UUID
    email: str
    name: str
    role: str
    disabled: bool
    second_factor: bool
    has_password: bool
    from_clinic: bool
    invited_until: datetime | None
    last_sign_in_at: datetime | None


def all_accounts(session: Session) -> list[Account]:
    """Everybody, by address."""
    query = _accounts().order_by(desk_users.c.email)
    return [_account(row) for row in session.execute(query)]


def account_of(session: Session, user_id: UUID) -> Account:
    """Raises AccountError when there is none."""
    row = session.execute(_accounts().where(desk_users.c.id == user_id)).one_or_none()
    if row is None:
        raise AccountError("There is no such account")
    return _account(row)


def account_at(session: Session, email: str) -> Account:
    """Raises AccountError when nobody has this address."""
    row = session.execute(_accounts().where(desk_users.c.email == _address(email))).one_or_none()
    if row is None:
        raise AccountError(f"{_address(email)} has no account: `python -m bot user list` shows who has")
    return _account(row)


def _accounts() -> sa.sql.Select:
    return sa.select(desk_users, invitations.c.expires_at).outerjoin(
        invitations, invitations.c.user_id == desk_users.c.id
    )


def _account(row: Row) -> Account:
    return Account(
        row.id,
        row.email,
        row.name,
        row.role,
        row.disabled,
        row.totp_confirmed_at is not None,
        row.password_hash is not None,
        row.oidc_subject is not None,
        row.expires_at,
        row.last_sign_in_at,
    )


def add(session: Session, email: str, name: str, role: str, password: str | None) -> UUID:
    """Make an account; its id.

    Raises:
        AccountError: the address is no mail address or is taken, the name empty, the role unknown, the password weak.
    """
    email = _address(email)
    if password is not None:
        passwords.check(password, email)
    if not looks_like_mail(email):
        raise AccountError(f"{email!r} is not a mail address: write it as name@clinic.example")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountError("The name is empty or unusable: give the one that colleagues read")
    wanted = role_named(role)
    if session.execute(sa.select(desk_users.c.id).where(desk_users.c.email == email)).first() is not None:
        raise AccountError(f"{email} has an account already: choose another address, or disable that one")
    return users.create_user(session, email, name, wanted.value, password)


def looks_like_mail(email: str) -> bool:
    whole = email.isprintable() and len(email) <= 254 and not any(one.isspace() for one in email)
    return whole and "@" in email[1:-1]


def role_named(role: str) -> Role:
    """Raises AccountError when there is none of this name."""
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(one.value for one in Role)
        raise AccountError(f"{role!r} is not a role: use one of {known}") from None


def set_role(session: Session, account: Account, role: str, by: DeskUser | None) -> None:
    """Raises AccountError when it is not allowed."""
    wanted = role_named(role)
    if wanted is not Role.ADMINISTRATOR:
        _check_may_go(session, account, by)
    else:
        _check_not_oneself(account, by)
    session.execute(sa.update(desk_users).where(desk_users.c.id == account.id).values(role=wanted.value))
    users.end_sessions_of(session, account.id)


def disable(session: Session, account: Account, by: DeskUser | None) -> None:
    """Let nobody in with this account any more: sessions and invitations end. Raises AccountError."""
    _check_may_go(session, account, by)
    session.execute(sa.update(desk_users).where(desk_users.c.id == account.id).values(disabled=True))
    session.execute(sa.delete(invitations).where(invitations.c.user_id == account.id))
    users.end_sessions_of(session, account.id)


def enable(session: Session, account: Account, by: DeskUser | None) -> None:
    """Raises AccountError when it is not allowed."""
    _check_not_oneself(account, by)
    session.execute(sa.update(desk_users).where(desk_users.c.id == account.id).values(disabled=False))


def reset_second_factor(session: Session, account: Account, by: DeskUser | None) -> None:
    """For a lost phone: the next sign-in leads to setting one up. Raises AccountError."""
    _check_not_oneself(account, by)
    second_factor.reset(session, account.id)
    users.end_sessions_of(session, account.id)


def set_password(session: Session, account: Account, password: str) -> None:
    """Raises PasswordRefused."""
    passwords.check(password, account.email)
    users.set_password(session, account.id, password)
    session.execute(sa.delete(invitations).where(invitations.c.user_id == account.id))
    users.end_sessions_of(session, account.id)


def invite(session: Session, account: Account, by: DeskUser | None, now: datetime) -> str:
    """The token of a link with which this person chooses a password, once; links before it are void.

    Raises:
        AccountError: it is one's own account, or a disabled one.
    """
    _check_not_oneself(account, by)
    if account.disabled:
        raise AccountError("The account is disabled: enable it first")
    token = new_token()
    session.execute(sa.delete(invitations).where(invitations.c.user_id == account.id))
    session.execute(
        sa.insert(invitations).values(
            user_id=account.id,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
    )
    return token


def invited(session: Session, token: str, now: datetime) -> DeskUser | None:
    """Whom this link invites; None when it is unknown, used or too old, or the account disabled."""
    query = (
        sa.select(desk_users.c.email)
        .join(invitations, invitations.c.user_id == desk_users.c.id)
        .where(invitations.c.token_hash == hash_token(token), invitations.c.expires_at > now)
    )
    email = session.execute(query).scalar_one_or_none()
    return None if email is None else users.enabled_user(session, email)


def accept(session: Session, token: str, password: str, now: datetime) -> DeskUser | None:
    """The invited person, whose password this is now; the link is used up. None as for `invited`.

    Raises:
        PasswordRefused: the link can be used again, with a better password.
    """
    user = invited(session, token, now)
    if user is None:
        return None
    passwords.check(password, user.email)
    used = (
        sa.delete(invitations)
        .where(invitations.c.token_hash == hash_token(token))
        .returning(invitations.c.user_id)
    )
    if session.execute(used).first() is None:
        return None
    users.set_password(session, user.id, password)
    users.end_sessions_of(session, user.id)
    return user


def administrators_left(session: Session) -> int:
    """How many enabled administrators there are. Their rows are locked until the transaction ends."""
    query = (
        sa.select(desk_users.c.id)
        .where(desk_users.c.role == Role.ADMINISTRATOR.value, desk_users.c.disabled.is_(False))
        .order_by(desk_users.c.id)
        .with_for_update()
    )
    return len(session.execute(query).all())


def _check_not_oneself(account: Account, by: DeskUser | None) -> None:
    if by is not None and by.id == account.id:
        raise AccountError("This is your own account: another administrator can change it")


def _check_may_go(session: Session, account: Account, by: DeskUser | None) -> None:
    _check_not_oneself(account, by)
    if by is None or account.role != Role.ADMINISTRATOR.value or account.disabled:
        return
    if administrators_left(session) <= 1:
        raise AccountError("This is the last administrator: make another one first")


def _address(email: str) -> str:
    return email.strip().lower()
