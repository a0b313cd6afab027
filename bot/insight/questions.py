"""Questions that the sources do not cover, in groups of like meaning, and what content owners make of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.conversations.models import unanswered_questions
from bot.insight.grouping import Vectors, grouped, middle_first

Status = Literal["new", "wanted", "answered", "ignored"]
STATUSES: Final[tuple[Status, ...]] = ("new", "wanted", "answered", "ignored")
MOST_QUESTIONS: Final = 500
"""The newest ones are grouped; older ones stay stored and keep their status."""
EXAMPLES: Final = 4


@dataclass(frozen=True)
class Question:
    """One question as it is stored: `text` without what names or reaches the patient."""

    id: int
    text: str
    channel: str
    status: Status
    at: datetime


@dataclass(frozen=True)
class Group:
    """Questions of like meaning. `status` is what was decided about them; `new_wordings`: those that came since.

    `examples` are different wordings, the one that says best what the group is about first.
    """

    ids: tuple[int, ...]
    status: Status
    new_wordings: tuple[str, ...]
    examples: tuple[str, ...]
    wordings: int
    last_asked: datetime
    channels: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def wants_a_look(self) -> bool:
        """Nobody has decided, or something has come since the decision."""
        return self.status == "new" or bool(self.new_wordings)


def newest(session: Session, limit: int = MOST_QUESTIONS) -> list[Question]:
    """The newest questions, oldest first."""
    columns = [unanswered_questions.c[name] for name in ("id", "text", "channel", "status", "at")]
    query = sa.select(*columns).order_by(unanswered_questions.c.id.desc()).limit(limit)
    return [Question(**row._mapping) for row in reversed(session.execute(query).all())]


def stored(session: Session) -> int:
    """How many there are in all."""
    return int(session.execute(sa.select(sa.func.count()).select_from(unanswered_questions)).scalar_one())


def mark(session: Session, ids: Sequence[int], status: Status) -> int:
    """Set what is thought of these questions; how many there still were (a patient may have had some deleted)."""
    statement = (
        sa.update(unanswered_questions)
        .where(unanswered_questions.c.id.in_(list(ids)))
        .values(status=status)
        .returning(unanswered_questions.c.id)
    )
    return len(session.execute(statement).all())


def groups_of(questions: Sequence[Question], vectors: Vectors) -> list[Group]:
    """Those to look at first; among these the ones asked most often, then latest. Pure but for the encoder."""
    ordered = sorted(questions, key=lambda question: question.id)
    matrix = vectors.of([question.text for question in ordered])
    groups = []
    for rows in grouped(matrix):
        members = [ordered[row] for row in rows]
        wordings = dict.fromkeys(ordered[row].text for row in middle_first(matrix, rows))
        groups.append(_group(members, tuple(wordings)))
    return sorted(groups, key=_order)


def _group(members: Sequence[Question], wordings: tuple[str, ...]) -> Group:
    status = decided([member.status for member in members])
    fresh = [] if status == "new" else [member for member in members if member.status == "new"]
    return Group(
        ids=tuple(member.id for member in members),
        status=status,
        new_wordings=tuple(dict.fromkeys(member.text for member in fresh)),
        examples=wordings[:EXAMPLES],
        wordings=len(wordings),
        last_asked=max(member.at for member in members),
        channels=tuple(sorted(Counter(member.channel for member in members).items())),
    )


def decided(statuses: Sequence[Status]) -> Status:
    """What was decided about most of those that somebody has looked at; in a tie what asks for more work."""
    looked_at = Counter(status for status in statuses if status != "new")
    if not looked_at:
        return "new"
    return max(looked_at, key=lambda status: (looked_at[status], -STATUSES.index(status)))


def _order(group: Group) -> tuple[bool, int, float, int]:
    return not group.wants_a_look, -group.count, -group.last_asked.timestamp(), group.ids[0]
