"""The job queue: Procrastinate on the assistant's own PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from bot.cases import ladder
from bot.conversations.service import utc_now
from bot.conversations.turn_queue import QUEUE, TASK
from bot.escalation.runner import Runner
from bot.jobs.deliveries import Courier
from bot.jobs.turns import TurnRunner
from bot.outbox import send_queue

MOST_ATTEMPTS: Final = 8
LONGEST_WAIT_SECONDS: Final = 60


class TryAgain(BaseRetryStrategy):
    """A turn cut short by the worker's stop runs again at once; any other failure after 1, 2, 4 … seconds."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, (asyncio.CancelledError, JobAborted)):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, LONGEST_WAIT_SECONDS)})


def make_app(database_url: str, turns: TurnRunner, courier: Courier, runner: Runner) -> App:
    """The queue with its tasks; `database_url` in libpq's form."""
    app = App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=8))

    @app.task(name=TASK, queue=QUEUE, retry=TryAgain())
    async def run_turn(conversation_id: str, message_id: str) -> None:
        await turns.run_turn(UUID(conversation_id), UUID(message_id))

    @app.task(name=send_queue.TASK, queue=send_queue.QUEUE, retry=TryAgain())
    async def send_stream(stream: str) -> None:
        await courier.send_stream(stream)

    @app.task(name=ladder.TASK, queue=ladder.QUEUE, retry=TryAgain())
    async def take_step(case_id: str) -> None:
        await asyncio.to_thread(runner.look_at, UUID(case_id), utc_now())

    return app
