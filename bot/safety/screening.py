"""What screening a message can find."""

from __future__ import annotations

from dataclasses import dataclass

from bot.safety.categories import Category


@dataclass(frozen=True)
class Concern:
    """Something in a message that a clinician has to see.

    `evidence == text[start:end]`. `reason` is one line for the clinician: why this was raised.
    `certainty` lies between 0 and 1.
    """

    category: Category
    tier: int
    start: int
    end: int
    evidence: str
    reason: str
    certainty: float
