"""Wrong tries, counted in the database: they survive a restart and hold for every process of the front door.

A try is counted before its password or code is looked at, so that many at once are no way around the wait, and
forgotten when it was right. Addresses without an account are counted like those with one.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session

from bot.accounts.delays import FORGOTTEN_AFTER, wait_after
from bot.accounts.models import sign_in_tries


def key_of(secret_key: str, purpose: str, *parts: str) -> bytes:
    """32 bytes that stand for an address or an account; the table names nobody."""
    content = "\x00".join((purpose, *parts)).encode("utf-8", errors="replace")
    return hmac.new(hashlib.sha256(secret_key.encode()).digest(), content, "sha256").digest()


def begin(session: Session, key: bytes, now: datetime) -> timedelta:
    """Count a try. Zero when it may go on, else how long to wait: then nothing was counted.

    Commit before the password is checked.
    """
    # The row is made first, so that two first tries at once meet in its lock.
    session.execute(
        pg.insert(sign_in_tries)
        .values(key=key, failures=1, last_at=now - FORGOTTEN_AFTER * 2, wait_until=now)
        .on_conflict_do_nothing()
    )
    row = session.execute(sa.select(sign_in_tries).where(sign_in_tries.c.key == key).with_for_update()).one()
    if row.wait_until > now:
        left: timedelta = row.wait_until - now
        return left
    failures = 1 if now - row.last_at > FORGOTTEN_AFTER else row.failures + 1
    session.execute(
        sa.update(sign_in_tries)
        .where(sign_in_tries.c.key == key)
        .values(failures=failures, last_at=now, wait_until=now + wait_after(failures))
    )
    return timedelta(0)


def succeeded(session: Session, key: bytes, now: datetime) -> None:
    """The try was right: it and those before it are forgotten, and so are old ones of anybody."""
    session.execute(sa.delete(sign_in_tries).where(sign_in_tries.c.key == key))
    session.execute(sa.delete(sign_in_tries).where(sign_in_tries.c.last_at < now - FORGOTTEN_AFTER))
