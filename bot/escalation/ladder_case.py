"""A case as the ladder sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.cases.domain import State


@dataclass(frozen=True)
class LadderCase:
    """What the ladder needs to know of a case: codes and times, nothing that anybody wrote."""

    id: UUID
    reference: str
    conversation_id: UUID
    message_id: UUID
    category: str
    tier: int
    state: State
    due_at: datetime
    ladder_round: int
    ladder_started_at: datetime
    ladder_page: int
    next_step_at: datetime | None
    page_again_at: datetime | None
    acted_at: datetime | None
    missed_round: int
    told_seen_round: int
