"""Where a case stands on its escalation ladder. What is due is worked out by bot/escalation, which has the policy.

Every function runs in the transaction of the change that it follows, with the case's row locked, and puts in the job
that looks at the case at once. `next_step_at` is the case's only clock: a case is looked at when it has come.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cases.domain import WAITING as WAITING
from bot.cases.domain import State
from bot.cases.models import cases
from bot.conversations.models import conversations

QUEUE: Final = "ladder"
TASK: Final = "take_step"
# Who the trail names for what the ladder does by itself.
ACTOR: Final = "escalation"

SEEN: Final = frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS})


def start_round(session: Session, case_id: UUID, now: datetime) -> None:
    """Page from the first step: a new, reopened, lapsed or more urgent case, or news after somebody had seen it."""
    values = {
        "ladder_round": cases.c.ladder_round + 1,
        "ladder_started_at": now,
        "ladder_page": 0,
        "page_again_at": None,
        "acted_at": None,
        "next_step_at": now,
    }
    _set(session, case_id, values)
    enqueue_step(session, case_id)


def page_again(session: Session, case_id: UUID, now: datetime) -> None:
    """News on a case that nobody has acknowledged: whoever was paged is paged again.

    The round goes on: a patient who keeps writing must not keep the ladder from reaching the next person.
    """
    asked = sa.func.coalesce(cases.c.page_again_at, now)
    _set(session, case_id, {"page_again_at": asked, "next_step_at": now})
    enqueue_step(session, case_id)


def acknowledged(session: Session, case_id: UUID, now: datetime) -> None:
    """Somebody has seen the case: no more pages, unless nothing follows for as long as the policy allows."""
    _set(session, case_id, {"acted_at": now, "page_again_at": None, "next_step_at": now})
    enqueue_step(session, case_id)


def acted(session: Session, case_id: UUID, now: datetime) -> None:
    """A clinician did something on the case (claim, start, note, reply): the lapse of its acknowledgement moves on.

    Nothing changes for a case that nobody has acknowledged: it is still paged.
    """
    seen = cases.c.state.in_([state.value for state in SEEN])
    _set(session, case_id, {"acted_at": now, "next_step_at": now}, seen)


def finished(session: Session, case_id: UUID) -> None:
    """The case is resolved: nothing more is due."""
    _set(session, case_id, {"page_again_at": None, "next_step_at": None})


def held(session: Session, case_id: UUID, now: datetime) -> bool:
    """Whether a clinician holds the case's conversation, and so reads what the patient writes."""
    query = (
        sa.select(conversations.c.held_until)
        .join(cases, cases.c.conversation_id == conversations.c.id)
        .where(cases.c.id == case_id, conversations.c.held_until > now)
    )
    return session.execute(query).one_or_none() is not None


def enqueue_step(session: Session, case_id: UUID) -> None:
    """Have a case looked at as soon as this transaction has committed."""
    statement = sa.text(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, NULL, NULL, CAST(:args AS jsonb), NULL)]"
        "::procrastinate_job_to_defer_v1[])"
    )
    values = {"queue": QUEUE, "task": TASK, "args": json.dumps({"case_id": str(case_id)})}
    session.execute(statement, values)


def _set(
    session: Session,
    case_id: UUID,
    values: dict[str, object],
    *conditions: sa.sql.ColumnElement[sa.Boolean],
) -> None:
    session.execute(sa.update(cases).where(cases.c.id == case_id, *conditions).values(**values))
