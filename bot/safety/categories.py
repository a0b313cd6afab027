"""The concerns that are escalated, and how soon a clinician has to look."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

Tier = Literal[1, 2, 3]
"""1: page now. 2: the same day. 3: routine."""

TIERS: Final[tuple[Tier, ...]] = (1, 2, 3)


class Category(str, Enum):
    """What a concern is about. The values are also the names of the intents."""

    SUICIDAL = "concern_suicidal"
    MOOD = "concern_mood"
    PREGNANCY = "concern_pregnancy"
    SERIOUS_SIDE_EFFECT = "concern_serious_side_effect"
    HUMAN = "request_human"
