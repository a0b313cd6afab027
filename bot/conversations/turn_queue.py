"""A patient's message and the job that answers it commit together: the job is put in with the queue's SQL function."""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

QUEUE: Final = "turns"
TASK: Final = "run_turn"


def lock_of(conversation_id: UUID) -> str:
    """Jobs with the same lock run one after the other, in the order in which they were put in."""
    return f"conversation:{conversation_id}"


def enqueue_turn(session: Session, conversation_id: UUID, message_id: UUID) -> int:
    """Put the turn into the queue in the caller's transaction; the job's number. Jobs carry ids, never text."""
    statement = sa.text(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), NULL)]"
        "::procrastinate_job_to_defer_v1[])"
    )
    args = json.dumps({"conversation_id": str(conversation_id), "message_id": str(message_id)})
    row = session.execute(
        statement, {"queue": QUEUE, "task": TASK, "lock": lock_of(conversation_id), "args": args}
    )
    numbers: list[int] = row.scalar_one()
    return numbers[0]
