"""Waits after wrong tries: they grow, they end, and they leave a guesser few tries a day."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.accounts import tries
from bot.accounts.delays import FORGOTTEN_AFTER, FREE_TRIES, LONGEST_WAIT, wait_after, wait_words
from bot.database import Database

START = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


@given(st.integers(0, 10_000))
def test_waits_never_shrink_and_never_pass_the_longest(failures: int) -> None:
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT
    assert bool(wait_after(failures)) == (failures >= FREE_TRIES)


@given(st.timedeltas(timedelta(microseconds=1), LONGEST_WAIT))
def test_the_words_never_say_less_than_what_is_left(wait: timedelta) -> None:
    number, unit = wait_words(wait).split()
    assert int(number) * (60 if unit.startswith("minute") else 1) >= wait.total_seconds()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (15, "15 seconds"), (59.5, "1 minute"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_how_a_wait_is_said(seconds: float, words: str) -> None:
    assert wait_words(timedelta(seconds=seconds)) == words


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4_000), min_size=1, max_size=40))
def test_whatever_the_rhythm_a_guesser_gets_few_tries_and_is_never_locked_for_good(
    database: Database, pauses: list[int]
) -> None:
    key, now, allowed = uuid4().bytes * 2, START, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        with database.transaction() as session:
            left = tries.begin(session, key, now)
        assert timedelta(0) <= left <= LONGEST_WAIT
        if not left:
            allowed.append(now)
    assert tries_within(allowed, timedelta(hours=24)) <= FREE_TRIES + 6 + 96
    for earlier, later in zip(allowed[FREE_TRIES - 1 :], allowed[FREE_TRIES:], strict=False):
        assert later - earlier >= timedelta(seconds=15)
    with database.transaction() as session:
        assert not tries.begin(session, key, now + LONGEST_WAIT), "whoever waits may try again"
        tries.succeeded(session, key, now)
    with database.transaction() as session:
        assert [tries.begin(session, key, now) for _ in range(FREE_TRIES)] == [timedelta(0)] * FREE_TRIES


def tries_within(moments: list[datetime], span: timedelta) -> int:
    return max((sum(1 for one in moments if first <= one <= first + span) for first in moments), default=0)


def test_a_day_without_a_wrong_try_begins_anew(database: Database) -> None:
    key = b"k" * 32
    with database.transaction() as session:
        for _ in range(FREE_TRIES):
            tries.begin(session, key, START)
        assert tries.begin(session, key, START)
        later = START + FORGOTTEN_AFTER + timedelta(seconds=1)
        assert [tries.begin(session, key, later) for _ in range(FREE_TRIES)] == [timedelta(0)] * FREE_TRIES


def test_keys_name_nobody_and_depend_on_every_part() -> None:
    keys = {
        tries.key_of("secret", "password", "ana@clinic.example", ""),
        tries.key_of("secret", "password", "ana@clinic.example", "device"),
        tries.key_of("secret", "code", "ana@clinic.example", ""),
        tries.key_of("another", "password", "ana@clinic.example", ""),
        tries.key_of("secret", "password", "\ud800", ""),
    }
    assert len(keys) == 5 and all(len(key) == 32 and b"ana" not in key for key in keys)
