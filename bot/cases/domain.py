"""What a case is and how it moves. Pure; the database guards the same rules (migrations/)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import UUID

from bot.cases.errors import TransitionRefused
from bot.safety.screening import Concern

if TYPE_CHECKING:  # at run time it would bring the whole reader along
    from bot.understanding.explanation import Explanation


class State(str, Enum):
    """Where a case stands. Nothing leaves for `RESOLVED` but by a signed-in clinician."""

    OPEN = "open"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    DELIVERY_FAILED = "delivery_failed"


class Resolution(str, Enum):
    """How a case ended, as the clinician who resolved it says."""

    CONTACTED = "contacted"
    REFERRED = "referred"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"
    COULD_NOT_REACH = "could_not_reach"
    OTHER = "other"


WAITING: Final = frozenset({State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED})
"""Where nobody has acknowledged the case, or not since it became more urgent, lapsed or was reopened."""

# A case goes back to OPEN when an acknowledgement lapses or when it becomes more urgent.
TRANSITIONS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.OPEN: frozenset({State.NOTIFIED, State.ACKNOWLEDGED, State.DELIVERY_FAILED}),
        State.NOTIFIED: frozenset({State.ACKNOWLEDGED, State.DELIVERY_FAILED, State.OPEN}),
        State.DELIVERY_FAILED: frozenset({State.NOTIFIED, State.ACKNOWLEDGED, State.OPEN}),
        State.ACKNOWLEDGED: frozenset({State.IN_PROGRESS, State.RESOLVED, State.OPEN}),
        State.IN_PROGRESS: frozenset({State.RESOLVED, State.OPEN}),
        State.RESOLVED: frozenset({State.REOPENED}),
        State.REOPENED: frozenset({State.NOTIFIED, State.ACKNOWLEDGED, State.DELIVERY_FAILED, State.OPEN}),
    }
)

# How long until a clinician must have acknowledged a case of each tier.
TIME_TO_ACKNOWLEDGE: Final[Mapping[int, timedelta]] = MappingProxyType(
    {1: timedelta(minutes=20), 2: timedelta(hours=8), 3: timedelta(hours=48)}
)


def check_transition(old: State, new: State) -> None:
    """Raises TransitionRefused when a case may not go from `old` to `new`."""
    if new not in TRANSITIONS[old]:
        raise TransitionRefused(f"a case that is {old.value} cannot become {new.value}")


def due_at(tier: int, since: datetime) -> datetime:
    """By when a case of this tier must be acknowledged."""
    return since + TIME_TO_ACKNOWLEDGE[tier]


@dataclass(frozen=True)
class Trigger:
    """A concern in a stored message, from the front door's screening or from the dialogue's action.

    `start` and `end` are offsets of `evidence` in the message's text. Tier 1 is the most urgent, 3 the least.
    """

    conversation_id: UUID
    message_id: UUID
    channel: str
    category: str
    tier: int
    evidence: str
    start: int
    end: int
    reason: str
    detector_version: str
    actor: str
    explanation: Mapping[str, object] | None = None
    """Why it was raised, as `Explanation.to_dict` gives it: it quotes nothing, and stays in the case's trail."""

    @classmethod
    def of(
        cls,
        concern: Concern,
        *,
        conversation_id: UUID,
        message_id: UUID,
        channel: str,
        detector_version: str,
        actor: str,
        explanation: Explanation | None = None,
    ) -> Trigger:
        """From what the reader found in a stored message."""
        return cls(
            conversation_id=conversation_id,
            message_id=message_id,
            channel=channel,
            category=concern.category.value,
            tier=concern.tier,
            evidence=concern.evidence,
            start=concern.start,
            end=concern.end,
            reason=concern.reason,
            detector_version=detector_version,
            actor=actor,
            explanation=explanation.to_dict() if explanation is not None else None,
        )

    @property
    def event_details(self) -> dict[str, object]:
        """What the case's trail keeps of it."""
        details: dict[str, object] = {"tier": self.tier, "detector_version": self.detector_version}
        return details if self.explanation is None else {**details, "explanation": dict(self.explanation)}


@dataclass(frozen=True)
class Case:
    """One stored case. `evidence` is empty once the patient had a resolved conversation erased.

    `assignee_id` is the clinician who has claimed it, since `claimed_at`.
    """

    id: UUID
    reference: str
    conversation_id: UUID
    message_id: UUID
    category: str
    tier: int
    state: State
    evidence: str
    evidence_start: int
    evidence_end: int
    reason: str
    detector_version: str
    channel: str
    contact_phone: str | None
    contact_email: str | None
    opened_at: datetime
    due_at: datetime
    updated_at: datetime
    resolved_reason: str | None
    assignee_id: UUID | None = None
    claimed_at: datetime | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True)
class Event:
    """One line of a case's trail. `details` holds codes and numbers, never what the patient wrote."""

    id: int
    kind: str
    actor: str
    at: datetime
    message_id: UUID | None
    details: Mapping[str, object]


@dataclass(frozen=True)
class Told:
    """What a patient may be told about a case: that the clinic has it since `at`, and since when somebody has seen it.

    `seen_at` is None while nobody has acknowledged what came last.
    """

    reference: str
    at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """What opening did: a new case (`is_new`), or the unresolved one that the cue was added to."""

    case: Case
    is_new: bool
    tier_raised: bool
