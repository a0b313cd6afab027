"""A worker that was killed leaves its job marked as running, and with it the conversation's lock: give it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from bot.cases import ladder
from bot.conversations import repository as conversations
from bot.conversations import turn_queue
from bot.database import Database
from bot.outbox import repository as outbox
from bot.outbox import send_queue

# Every job gives up on Rasa long before this; one that still "runs" lost its worker or the record of its end.
LONGEST_JOB: Final = timedelta(minutes=6)
HEARTBEAT_SECONDS: Final = 2.0
DEAD_AFTER_SECONDS: Final = 10.0
QUEUES: Final = [turn_queue.QUEUE, send_queue.QUEUE, ladder.QUEUE]
# Providers repeat what was not acknowledged for a day at most.
EVENTS_KEPT: Final = timedelta(days=14)

_RESCUE: Final = sa.text(
    """
    SELECT count(procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL))
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND job.queue_name = ANY(:queues)
      AND (
        worker.id IS NULL
        OR worker.last_heartbeat < now() - make_interval(secs => :dead_after)
        OR (SELECT max(event.at) FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.type = 'started') < now() - :longest_job
      )
    """
)


def rescue_lost_jobs(database: Database) -> int:
    """Put the jobs of dead workers back into the queue; how many there were. Jobs are safe to run again."""
    with database.transaction() as session:
        values = {"queues": QUEUES, "dead_after": DEAD_AFTER_SECONDS, "longest_job": LONGEST_JOB}
        return int(session.execute(_RESCUE, values).scalar_one())


def keep_house(database: Database, now: datetime) -> int:
    """Send on what has been left without a job, and forget old provider events; how many streams were left."""
    with database.transaction() as session:
        conversations.forget_events(session, now - EVENTS_KEPT)
        return outbox.enqueue_stranded(session, now)


def worker_alive(database: Database) -> bool:
    """Whether any worker has given a sign of life lately."""
    query = sa.text(
        "SELECT EXISTS (SELECT FROM procrastinate_workers"
        " WHERE last_heartbeat > now() - make_interval(secs => :dead_after))"
    )
    with database.transaction() as session:
        return bool(session.execute(query, {"dead_after": DEAD_AFTER_SECONDS}).scalar_one())
