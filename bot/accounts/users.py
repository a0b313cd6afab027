"""The people who may sign in to the care desk, and their sessions. Passwords are kept as argon2id hashes only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.accounts import passwords
from bot.accounts.models import desk_sessions, desk_users
from bot.accounts.roles import RIGHTS, Right, Role
from bot.secret_tokens import hash_token, new_token

SESSION_LIFETIME: Final = timedelta(hours=12)
"""The longest; without activity a session ends earlier."""
UNFINISHED_LIFETIME: Final = timedelta(minutes=15)
"""Of a session that has not got past the second factor."""
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class DeskUser:
    """Somebody who is signed in."""

    id: UUID
    email: str
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


@dataclass(frozen=True)
class DeskSession:
    """One sign-in of one person in one browser.

    `second_factor`: this sign-in got past one, ours or the clinic's. `has_second_factor`: the account has one of ours.
    """

    user: DeskUser
    second_factor: bool
    has_second_factor: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


_USER: Final = (desk_users.c.id, desk_users.c.email, desk_users.c.name, desk_users.c.role)


def _user(row: Row) -> DeskUser:
    return DeskUser(row.id, row.email, row.name, Role(row.role))


def create_user(session: Session, email: str, name: str, role: str, password: str | None) -> UUID:
    """Add an account; its id. Raises IntegrityError when the address is taken or the role unknown.

    Without a password it is for sign-in through the clinic, or until its invitation is accepted.
    """
    user_id = uuid4()
    session.execute(
        sa.insert(desk_users).values(
            id=user_id,
            email=email.strip().lower(),
            name=name.strip(),
            role=role,
            password_hash=None if password is None else passwords.hash_of(password),
        )
    )
    return user_id


def verify_password(session: Session, email: str, password: str) -> DeskUser | None:
    """The account, or None for an unknown address, a wrong password and a disabled account alike."""
    row = session.execute(
        sa.select(desk_users).where(desk_users.c.email == email.strip().lower())
    ).one_or_none()
    right = passwords.is_right(None if row is None else row.password_hash, password)
    if row is None or row.disabled or not right:
        return None
    if passwords.is_outdated(row.password_hash):
        set_password(session, row.id, password)
    return _user(row)


def set_password(session: Session, user_id: UUID, password: str) -> None:
    session.execute(
        sa.update(desk_users)
        .where(desk_users.c.id == user_id)
        .values(password_hash=passwords.hash_of(password))
    )


def has_password(session: Session, user_id: UUID) -> bool:
    query = sa.select(desk_users.c.password_hash.is_not(None)).where(desk_users.c.id == user_id)
    return bool(session.execute(query).scalar_one())


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
    session.execute(sa.update(desk_users).where(desk_users.c.id == user.id).values(last_sign_in_at=now))
    return token


def session_of(session: Session, token: str, now: datetime, idle: timedelta) -> DeskSession | None:
    """Whose session this is; None when it is forged, too old, unused for `idle`, or its account disabled."""
    sessions = desk_sessions.c
    query = (
        sa.select(
            *_USER,
            desk_users.c.totp_confirmed_at,
            sessions.second_factor,
            sessions.created_at,
            sessions.last_seen_at,
            sessions.expires_at,
        )
        .join(desk_sessions, sessions.user_id == desk_users.c.id)
        .where(
            sessions.token_hash == hash_token(token),
            sessions.expires_at > now,
            sessions.last_seen_at > now - idle,
            desk_users.c.disabled.is_(False),
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return DeskSession(
        _user(row),
        row.second_factor,
        row.totp_confirmed_at is not None,
        row.created_at,
        row.last_seen_at,
        row.expires_at,
    )


def seen(session: Session, token: str, now: datetime) -> None:
    """Somebody is at work in this session. Written at most once a minute."""
    session.execute(
        sa.update(desk_sessions)
        .where(
            desk_sessions.c.token_hash == hash_token(token), desk_sessions.c.last_seen_at <= now - _SEEN_EVERY
        )
        .values(last_seen_at=now)
    )


def sessions_of(session: Session, user_id: UUID, now: datetime, idle: timedelta) -> list[Row]:
    """Those that are open, the latest first: created_at, last_seen_at, second_factor, token_hash."""
    query = (
        sa.select(desk_sessions)
        .where(
            desk_sessions.c.user_id == user_id,
            desk_sessions.c.expires_at > now,
            desk_sessions.c.last_seen_at > now - idle,
        )
        .order_by(desk_sessions.c.created_at.desc())
    )
    return list(session.execute(query))


def end_session(session: Session, token: str) -> None:
    session.execute(sa.delete(desk_sessions).where(desk_sessions.c.token_hash == hash_token(token)))


def end_sessions_of(session: Session, user_id: UUID) -> int:
    """All of this person's; how many they were."""
    ended = (
        sa.delete(desk_sessions).where(desk_sessions.c.user_id == user_id).returning(desk_sessions.c.user_id)
    )
    return len(session.execute(ended).all())


def enabled_user(session: Session, email: str) -> DeskUser | None:
    """The account with this address; None when there is none or it is disabled."""
    query = sa.select(*_USER).where(
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
