"""The job that sends a stream. It is put in with the queue's SQL function, in the caller's transaction."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

QUEUE: Final = "deliveries"
TASK: Final = "send_stream"


def enqueue_sending(session: Session, stream: str, at: datetime | None = None) -> None:
    """Have a stream sent now, or at a time. Jobs of one stream run one after the other.

    A job for later has a lower priority: it keeps none waiting that may run now.
    """
    statement = sa.text(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, :priority, :lock, NULL, CAST(:args AS jsonb),"
        " CAST(:at AS timestamptz))]::procrastinate_job_to_defer_v1[])"
    )
    values = {
        "queue": QUEUE,
        "task": TASK,
        "priority": 0 if at is None else -1,
        "lock": f"{QUEUE}:{stream}",
        "args": json.dumps({"stream": stream}),
        "at": at,
    }
    session.execute(statement, values)
