"""What the worker does over and over, each by its own clock. A new chore is named here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.audit import daily
from bot.conversations.hand_over import Terms, return_overdue
from bot.conversations.service import utc_now
from bot.database import Database, DatabaseUnavailable
from bot.escalation.runner import EVERY_SECONDS, Runner
from bot.insight import samples
from bot.jobs.rescue import keep_house, rescue_lost_jobs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """`run` gets the time and gives how much it found to do; `found` tells the log of it (`%d` is the count).

    It must be safe to run in several workers at once, to be cut short at any point and to run again.
    """

    name: str
    every_seconds: float
    run: Callable[[datetime], int]
    found: str


def escalation(runner: Runner) -> Chore:
    return Chore(
        "escalation",
        EVERY_SECONDS,
        runner.look_at_due,
        "%d cases had waited too long for their next step: the worker was dead or is too slow",
    )


def chores(database: Database, terms: Terms, runner: Runner, sample_size: int = 0) -> Sequence[Chore]:
    """`sample_size`: how many messages a week people are given to review; 0: none."""
    return (
        Chore(
            "hand-over",
            5.0,
            lambda now: return_overdue(database, now, terms=terms),
            "%d conversations of silent clinicians go back to the assistant",
        ),
        escalation(runner),
        Chore("rescue", 5.0, lambda now: rescue_lost_jobs(database), "%d jobs of a lost worker go on"),
        Chore(
            "housekeeping",
            30.0,
            lambda now: keep_house(database, now),
            "%d streams of deliveries had no job and go on",
        ),
        Chore("the audit trail's seal", daily.EVERY_SECONDS, lambda now: daily.log_seal(database), "%d"),
        Chore(
            "weekly sample",
            3600.0,
            lambda now: pick_samples(database, sample_size, now),
            "%d messages were picked for this week's review",
        ),
    )


def pick_samples(database: Database, size: int, now: datetime) -> int:
    """Messages of the last weeks that raised no flag, for people to review; how many were added."""
    with database.transaction() as session:
        return samples.pick(session, size, now)


async def keep_doing(chore: Chore, clock: Callable[[], datetime] = utc_now) -> None:
    """Until cancelled. A chore that fails is tried again at its next time; the others go on."""
    while True:
        try:
            count = await asyncio.to_thread(chore.run, clock())
            if count:
                log.warning(chore.found, count)
        except DatabaseUnavailable as error:
            log.warning("%s: %s", chore.name, error)
        except Exception as error:  # one chore's fault must not end the worker
            log.error("%s failed (%s)", chore.name, type(error).__name__)
        await asyncio.sleep(chore.every_seconds)
