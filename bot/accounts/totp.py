"""Codes that an authenticator app shows (RFC 6238: SHA-1, six digits, 30 seconds). Pure."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
"""A phone's clock may be that many steps off, either way."""
_CODE: Final = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """32 letters and digits of base32: 160 random bits."""
    return pyotp.random_base32()


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    return pyotp.HOTP(secret).at(step)


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is; None for a wrong code and for one whose step, or a later one, was used."""
    digits = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(digits):
        return None
    present = step_at(now)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        # Every step is compared, so that the time says nothing about which one it was.
        if hmac.compare_digest(code_at(secret, step), digits) and (last_step is None or step > last_step):
            found = step if found is None else found
    return found


def address_of(secret: str, email: str, clinic_name: str) -> str:
    """The `otpauth:` address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{clinic_name} care desk")


def in_groups(secret: str) -> str:
    """The secret for typing: in groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
