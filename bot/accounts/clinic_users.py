"""Accounts of people who come through the clinic's sign-in: found by its subject, made or updated each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.accounts import management, users
from bot.accounts.clinic_identity import Identity
from bot.accounts.models import desk_users
from bot.accounts.roles import Role
from bot.accounts.users import DeskUser

Change = Literal["added", "linked", "role_changed", ""]
Why = Literal["no_role", "no_address", "address_taken", "disabled"]


@dataclass(frozen=True)
class Arrived:
    """The account, and what the sign-in changed about it."""

    user: DeskUser
    change: Change


@dataclass(frozen=True)
class Refused:
    why: Why


def arrive(session: Session, identity: Identity) -> Arrived | Refused:
    """The account of this person, with the name and role that the clinic gives.

    An account with the same mail address is taken over only if the provider has verified the address and nobody else
    from the clinic has it. The address of an account never changes: the audit trail knows people by it.
    """
    row = session.execute(
        sa.select(desk_users).where(desk_users.c.oidc_subject == identity.subject).with_for_update()
    ).one_or_none()
    if row is None:
        return _first_time(session, identity)
    if row.disabled:
        return Refused("disabled")
    if identity.role is None:
        users.end_sessions_of(session, row.id)
        return Refused("no_role")
    return _updated(session, row, identity, "")


def _first_time(session: Session, identity: Identity) -> Arrived | Refused:
    if identity.role is None:
        return Refused("no_role")
    if not identity.email:
        return Refused("no_address")
    row = session.execute(
        sa.select(desk_users).where(desk_users.c.email == identity.email).with_for_update()
    ).one_or_none()
    if row is None:
        new_id = users.create_user(session, identity.email, identity.name, identity.role.value, None)
        _set(session, new_id, oidc_subject=identity.subject)
        return Arrived(DeskUser(new_id, identity.email, identity.name, identity.role), "added")
    if row.disabled:
        return Refused("disabled")
    if not identity.email_verified or row.oidc_subject is not None:
        return Refused("address_taken")
    return _updated(session, row, identity, "linked")


def _updated(session: Session, row: Row, identity: Identity, change: Change) -> Arrived:
    assert identity.role is not None
    role = identity.role
    if row.role == Role.ADMINISTRATOR.value and role is not Role.ADMINISTRATOR:
        # Somebody must be able to manage accounts.
        role = role if management.administrators_left(session) > 1 else Role.ADMINISTRATOR
    if role.value != row.role:
        users.end_sessions_of(session, row.id)
        change = change or "role_changed"
    _set(session, row.id, oidc_subject=identity.subject, name=identity.name, role=role.value)
    return Arrived(DeskUser(row.id, row.email, identity.name, role), change)


def _set(session: Session, user_id: UUID, **values: str) -> None:
    session.execute(sa.update(desk_users).where(desk_users.c.id == user_id).values(**values))
