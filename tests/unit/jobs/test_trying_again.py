"""When a job runs again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from bot.database import DatabaseUnavailable
from bot.jobs.app import MOST_ATTEMPTS, TryAgain


def job(attempts: int) -> Job:
    return Job(id=1, queue="turns", lock=None, queueing_lock=None, task_name="run_turn", attempts=attempts)


def wait(error: BaseException, attempts: int) -> float:
    decision = TryAgain().get_retry_decision(exception=error, job=job(attempts))
    assert decision is not None and decision.retry_at is not None
    return (decision.retry_at - datetime.now(timezone.utc)).total_seconds()


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 2), (2, 4), (7, 60)])
def test_a_failure_waits_longer_each_time(attempts: int, seconds: float) -> None:
    assert wait(DatabaseUnavailable("gone"), attempts) == pytest.approx(seconds, abs=0.5)


def test_it_ends_some_time() -> None:
    assert TryAgain().get_retry_decision(exception=ValueError(), job=job(MOST_ATTEMPTS)) is None


@pytest.mark.parametrize("error", [asyncio.CancelledError(), JobAborted()])
def test_a_turn_cut_short_by_a_stop_goes_on_at_once_however_often(error: BaseException) -> None:
    assert wait(error, 99) < 0.5
