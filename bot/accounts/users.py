"""The people who may sign in to the care desk, and their sessions. Passwords are kept as argon2id hashes only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.accounts.models import desk_sessions, desk_users
from bot.accounts.roles import RIGHTS, Right, Role
from bot.secret_tokens import hash_token, new_token

SESSION_LIFETIME: Final = timedelta(hours=12)

_hasher: Final = PasswordHasher()
# Checked when there is no such account, so that an unknown address takes as long as a wrong password.
_NOBODY: Final = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class DeskUser:
    """Somebody who is signed in."""

    id: UUID
    email: str
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


def _user(row: Row) -> DeskUser:
    return DeskUser(row.id, row.email, row.name, Role(row.role))


def create_user(session: Session, email: str, name: str, role: str, password: str) -> UUID:
    """Add an account; its id. Raises IntegrityError when the address is taken or the role unknown."""
    user_id = uuid4()
    session.execute(
        sa.insert(desk_users).values(
            id=user_id,
            email=email.strip().lower(),
            name=name.strip(),
            role=role,
            password_hash=_hasher.hash(password),
        )
    )
    return user_id


def verify_password(session: Session, email: str, password: str) -> DeskUser | None:
    """The account, or None for an unknown address, a wrong password and a disabled account alike."""
    row = session.execute(
        sa.select(desk_users).where(desk_users.c.email == email.strip().lower())
    ).one_or_none()
    try:
        _hasher.verify(row.password_hash if row is not None else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    if row is None or row.disabled:
        return None
    if _hasher.check_needs_rehash(row.password_hash):
        session.execute(
            sa.update(desk_users)
            .where(desk_users.c.id == row.id)
            .values(password_hash=_hasher.hash(password))
        )
    return _user(row)


def start_session(session: Session, user: DeskUser, now: datetime, *, second_factor: bool = False) -> str:
    """Sign somebody in; the token for the cookie. Sessions that have ended are swept on the way."""
    session.execute(sa.delete(desk_sessions).where(desk_sessions.c.expires_at <= now))
    token = new_token()
    session.execute(
        sa.insert(desk_sessions).values(
            token_hash=hash_token(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFETIME,
            second_factor=second_factor,
        )
    )
    return token


def user_of_session(session: Session, token: str, now: datetime) -> DeskUser | None:
    """Who is signed in with this token; None when it is forged, expired, or its account disabled."""
    query = (
        sa.select(desk_users.c.id, desk_users.c.email, desk_users.c.name, desk_users.c.role)
        .join(desk_sessions, desk_sessions.c.user_id == desk_users.c.id)
        .where(
            desk_sessions.c.token_hash == hash_token(token),
            desk_sessions.c.expires_at > now,
            desk_users.c.disabled.is_(False),
        )
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _user(row)


def enabled_user(session: Session, email: str) -> DeskUser | None:
    """The account with this address; None when there is none or it is disabled."""
    query = sa.select(desk_users.c.id, desk_users.c.email, desk_users.c.name, desk_users.c.role).where(
        desk_users.c.email == email.strip().lower(), desk_users.c.disabled.is_(False)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _user(row)


def everybody(session: Session) -> list[DeskUser]:
    """All accounts by name, those that are disabled too."""
    query = sa.select(desk_users.c.id, desk_users.c.email, desk_users.c.name, desk_users.c.role)
    return [_user(row) for row in session.execute(query.order_by(desk_users.c.name, desk_users.c.email))]


def names_of(session: Session, emails: Collection[str]) -> dict[str, str]:
    """Names by address, of those that have or had an account."""
    query = sa.select(desk_users.c.email, desk_users.c.name).where(desk_users.c.email.in_(list(emails)))
    return {row.email: row.name for row in session.execute(query)}


def names_of_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by account."""
    query = sa.select(desk_users.c.id, desk_users.c.name).where(desk_users.c.id.in_(list(ids)))
    return {row.id: row.name for row in session.execute(query)}


def end_session(session: Session, token: str) -> None:
    session.execute(sa.delete(desk_sessions).where(desk_sessions.c.token_hash == hash_token(token)))
