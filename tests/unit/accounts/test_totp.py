"""Codes of an authenticator app: the standard's own values, the clock's drift, and that no code counts twice."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts import totp

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
STEP = timedelta(seconds=totp.STEP_SECONDS)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    assert totp.code_at(secret, totp.step_at(moment)) == code
    assert totp.matching_step(secret, code, moment, None) == seconds // 30


@given(st.integers(-6, 6), st.integers(0, 29))
def test_a_phone_may_be_one_step_off_and_no_more(drift: int, second: int) -> None:
    now = NOON + timedelta(seconds=second)
    shown = totp.code_at(SECRET, totp.step_at(now) + drift)
    expected = totp.step_at(now) + drift if abs(drift) <= 1 else None
    assert totp.matching_step(SECRET, shown, now, None) == expected


@given(st.lists(st.tuples(st.integers(0, 240), st.integers(-1, 1)), min_size=1, max_size=40))
def test_no_code_counts_twice_whenever_it_is_typed(tries: list[tuple[int, int]]) -> None:
    """Tries at any moments, in order, each with a code that is right by the clock: a code is taken once at most."""
    last, taken = None, []
    for seconds, drift in sorted(tries):
        now = NOON + timedelta(seconds=seconds)
        code = totp.code_at(SECRET, totp.step_at(now) + drift)
        step = totp.matching_step(SECRET, code, now, last)
        if step is not None:
            assert last is None or step > last
            last = step
            taken.append(code)
    assert len(taken) == len(set(taken)) and taken


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345٦", "-12345", "12 34 5"]
)
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert totp.matching_step(SECRET, code, NOON, None) is None


def test_spaces_in_a_code_do_no_harm() -> None:
    code = totp.code_at(SECRET, totp.step_at(NOON))
    assert totp.matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOON, None) == totp.step_at(NOON)


def test_the_address_names_clinic_and_person() -> None:
    address = totp.address_of(SECRET, "ana@clinic.example", "Northside & Co")
    assert address.startswith("otpauth://totp/Northside%20%26%20Co%20care%20desk:ana%40clinic.example?")
    assert f"secret={SECRET}" in address and " " not in address
    assert len(totp.new_secret()) == 32 and totp.new_secret() != totp.new_secret()
