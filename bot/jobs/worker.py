"""The worker process: runs jobs until it is told to stop, through restarts of PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from typing import Final

from procrastinate import App
from procrastinate.exceptions import ConnectorException

from bot.conversations.service import utc_now
from bot.database import Database, DatabaseUnavailable
from bot.jobs.rescue import DEAD_AFTER_SECONDS, HEARTBEAT_SECONDS, QUEUES, keep_house, rescue_lost_jobs

log = logging.getLogger(__name__)

# For each queue: a slow provider must not keep turns waiting, nor Rasa the deliveries.
CONCURRENCY: Final = 8
# New jobs are announced; one that waited for its conversation's lock is found by asking. A millisecond each.
POLLING_SECONDS: Final = 0.2
RESCUE_EVERY_SECONDS: Final = 5.0
KEEP_HOUSE_EVERY: Final = 6  # rescues
PAUSE_SECONDS: Final = 1.0


async def work(app: App, database: Database, stop: asyncio.Event, *, patience: float) -> None:
    """Run jobs until `stop` is set, then let running ones finish for up to `patience` seconds."""
    while not stop.is_set():
        rescue = asyncio.create_task(_keep_rescuing(database))
        running = asyncio.create_task(_run(app, patience))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        except (ConnectorException, OSError) as error:
            log.warning("the job queue lost PostgreSQL (%s); trying again", type(error).__name__)
        finally:
            for task in (rescue, stopping):
                task.cancel()
            await asyncio.gather(rescue, stopping, return_exceptions=True)
        if not stop.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)


async def _run(app: App, patience: float) -> None:
    """A worker for each queue. When one ends, or this is cancelled, all finish what they are doing."""
    async with app.open_async():
        workers = [asyncio.create_task(_work_off(app, queue, patience)) for queue in QUEUES]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for worker in workers:
                worker.cancel()
            ends = await asyncio.gather(*workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


async def _work_off(app: App, queue: str, patience: float) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=CONCURRENCY,
        fetch_job_polling_interval=POLLING_SECONDS,
        shutdown_graceful_timeout=patience,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=DEAD_AFTER_SECONDS,
        delete_jobs="successful",
    )


async def _keep_rescuing(database: Database) -> None:
    for number in itertools.count():
        try:
            count = await asyncio.to_thread(rescue_lost_jobs, database)
            if count:
                log.warning("%d jobs of a lost worker go on", count)
            if number % KEEP_HOUSE_EVERY == 0:
                stranded = await asyncio.to_thread(keep_house, database, utc_now())
                if stranded:
                    log.warning("%d streams of deliveries had no job and go on", stranded)
        except DatabaseUnavailable as error:
            log.warning("%s", error)
        await asyncio.sleep(RESCUE_EVERY_SECONDS)
