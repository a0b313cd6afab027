"""The thresholds of every decision, in one place.

They were picked by hand from sweeps on the development set and the conversations (`python -m bot evaluate`), on the
side of a false alarm rather than a missed concern, and of a refusal rather than a wrong answer: see
docs/decisions/0017-concerns-voiced.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.understanding.errors import UnderstandingError


@dataclass(frozen=True)
class Thresholds:
    """All are probabilities from 0 to 1."""

    topic: float = 0.50
    """The likeliest topic of a message is answered from here on."""
    topic_second: float = 0.10
    """Further topics of a message whose likeliest one is answered."""
    personal_dose: float = 0.45
    """A message, or a sentence of it, wants a dose worked out for one person."""
    uncovered_part: float = 0.60
    """A sentence or clause asks something that the sources do not answer."""
    dialogue: float = 0.35
    """Small talk and the other moves of the dialogue."""
    concern: float = 0.30
    """A concern that no rule names, by `bot.understanding.voiced`."""
    concern_urgent: float = 0.10
    """The same for suicide, pregnancy and emergencies, where a miss costs most."""
    concern_ruled: float = 0.06
    """A concern that a reviewed rule names. Below it the patient is asked."""
    concern_ruled_urgent: float = 0.006
    """The same where the rule names suicide, pregnancy or an emergency."""
    concern_doubt: float = 0.03
    """From here on up to `concern` the patient is asked back."""
    concern_again: float = 0.06
    """A doubt after an earlier one about the same: a concern from here on. A rule needs nothing."""
    human: float = 0.35
    """A wish for a person that no rule names."""
    neutralised: float = 0.40
    """Messages that a neutraliser covers by a third or more ("I'm not depressed", "can it cause …?")."""
    tier_one: float = 0.40
    """Share of the emergency half among serious side effects."""
    follow_up: float = 0.30
    """A follow-up read together with the question before it."""

    def to_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Thresholds:
        """Raises UnderstandingError when a name is unknown or a value is not between 0 and 1."""
        known = {field.name for field in fields(cls)}
        for name, value in data.items():
            if name not in known:
                raise UnderstandingError(
                    f"config.yml: unknown threshold `{name}`: use one of {sorted(known)}"
                )
            if not 0.0 <= float(value) <= 1.0:
                raise UnderstandingError(f"config.yml: threshold `{name}` is {value}: give 0 to 1")
        return cls(**{name: float(value) for name, value in data.items()})
