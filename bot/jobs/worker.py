"""The worker process: runs jobs until it is told to stop, through restarts of PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError

from bot.jobs.chores import Chore, keep_doing
from bot.jobs.rescue import DEAD_AFTER_SECONDS, HEARTBEAT_SECONDS, QUEUES

log = logging.getLogger(__name__)

# For each queue: a slow provider must not keep turns waiting, nor Rasa the deliveries.
CONCURRENCY: Final = 8
# New jobs are announced; one that waited for its conversation's lock is found by asking. A millisecond each.
POLLING_SECONDS: Final = 0.2
PAUSE_SECONDS: Final = 1.0


async def work(app: App, regular: Sequence[Chore], stop: asyncio.Event, *, patience: float) -> None:
    """Run jobs and chores until `stop` is set, then let running ones finish for up to `patience` seconds."""
    while not stop.is_set():
        doing = [asyncio.create_task(keep_doing(chore)) for chore in regular]
        running = asyncio.create_task(_run(app, patience))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        except (ConnectorException, OperationalError, OSError) as error:
            log.warning("the job queue lost PostgreSQL (%s); trying again", type(error).__name__)
        finally:
            for task in (*doing, stopping):
                task.cancel()
            await asyncio.gather(*doing, stopping, return_exceptions=True)
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
