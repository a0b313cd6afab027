"""The second factor in the database: an authenticator app's secret, sealed, and one-time recovery codes, hashed."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.accounts import totp
from bot.accounts.models import desk_users, recovery_codes
from bot.accounts.sealing import Sealer, Unreadable
from bot.secret_tokens import hash_token

RECOVERY_CODES: Final = 10
# Without 0, 1, I and O, which look like each other; 32 of them, so that 16 carry 80 random bits.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH: Final = 16


class Factor(str, Enum):
    """What somebody proved."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


def sealer(secret_key: str) -> Sealer:
    """What secrets are sealed with in the database."""
    return Sealer(secret_key, "second factor")


def is_set_up(session: Session, user_id: UUID) -> bool:
    query = sa.select(desk_users.c.totp_confirmed_at.is_not(None)).where(desk_users.c.id == user_id)
    return bool(session.execute(query).scalar_one())


def set_up(session: Session, box: Sealer, user_id: UUID, secret: str, step: int, now: datetime) -> list[str]:
    """Keep a secret that `step`'s code has confirmed; what was there before is gone. The new recovery codes."""
    session.execute(
        sa.update(desk_users)
        .where(desk_users.c.id == user_id)
        .values(totp_secret=box.seal([str(user_id), secret]), totp_confirmed_at=now, totp_last_step=step)
    )
    return new_recovery_codes(session, user_id)


def new_recovery_codes(session: Session, user_id: UUID) -> list[str]:
    """Ten codes of the shape XXXX-XXXX-XXXX-XXXX, to be shown once; the ones before are void."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.execute(sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    session.execute(
        sa.insert(recovery_codes), [{"user_id": user_id, "code_hash": hash_token(code)} for code in codes]
    )
    return ["-".join(code[start : start + 4] for start in range(0, _LENGTH, 4)) for code in codes]


def codes_left(session: Session, user_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(
        recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None)
    )
    return int(session.execute(query).scalar_one())


def prove(session: Session, box: Sealer, user_id: UUID, code: str, now: datetime) -> Factor | None:
    """What the code proves, and it is used up; None when it is wrong or was used before.

    Safe at the same moment in two processes: one of them uses the code. After SECRET_KEY changed only recovery codes
    work, until the second factor is reset.
    """
    row = session.execute(
        sa.select(desk_users.c.totp_secret, desk_users.c.totp_last_step)
        .where(desk_users.c.id == user_id)
        .with_for_update()
    ).one()
    if row.totp_secret is None:
        return None
    typed = re.sub(r"[\s-]", "", code).upper()
    if len(typed) == _LENGTH:
        used = session.execute(
            sa.update(recovery_codes)
            .where(
                recovery_codes.c.user_id == user_id,
                recovery_codes.c.code_hash == hash_token(typed),
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(recovery_codes.c.user_id)
        )
        return Factor.RECOVERY_CODE if used.first() is not None else None
    step = _step_of(box, user_id, row.totp_secret, typed, now, row.totp_last_step)
    if step is None:
        return None
    session.execute(sa.update(desk_users).where(desk_users.c.id == user_id).values(totp_last_step=step))
    return Factor.APP


def _step_of(
    box: Sealer, user_id: UUID, sealed: bytes, code: str, now: datetime, last_step: int | None
) -> int | None:
    try:
        owner, secret = box.open(bytes(sealed))
    except Unreadable:
        return None
    # A secret that was copied to another row is nobody's.
    return totp.matching_step(secret, code, now, last_step) if owner == str(user_id) else None


def reset(session: Session, user_id: UUID) -> None:
    """Take the second factor away: the next sign-in leads to setting one up."""
    session.execute(
        sa.update(desk_users)
        .where(desk_users.c.id == user_id)
        .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    )
    session.execute(sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
