"""Worry that builds up over a conversation while no single message carries it.

Pure. What each message brings is a probability for each category, as `bot.understanding.concerns.worry_of` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

EXPLICIT: Final = 1.0  # the worry of a message that opened a case
LEAST: Final = 0.02  # less than this is nothing
ADDS: Final = 0.05  # from here on a message adds to what was gathered
ENOUGH: Final = 0.4  # gathered over the messages: somebody has to be called
REACH: Final = 5  # earlier messages that still count

NEIGHBOURS: Final[Mapping[str, frozenset[str]]] = {
    "concern_mood": frozenset({"concern_mood", "concern_suicidal"}),
    "concern_suicidal": frozenset({"concern_mood", "concern_suicidal"}),
    "concern_pregnancy": frozenset({"concern_pregnancy"}),
    "concern_serious_side_effect": frozenset({"concern_serious_side_effect"}),
}
"""Low mood and thoughts of suicide grow out of each other: each counts towards the other."""

Worry = Mapping[str, float]
"""Category -> probability, as one message gave it; `EXPLICIT` for a message that opened a case."""


@dataclass(frozen=True)
class Gathered:
    """Enough worry. `messages`: how many earlier messages had a part in it."""

    category: str
    total: float
    messages: int


def gather(now: Worry, earlier: Sequence[Worry]) -> Gathered | None:
    """Somebody has to be called when this message adds to the worry of earlier ones and together they are enough.

    The rule: the probabilities of one category (and its neighbours), summed over this message and the `REACH` before
    it, reach `ENOUGH`, and this message itself brings `ADDS`. The category named is what this message speaks of most.
    """
    found: list[tuple[float, Gathered]] = []
    for category, share in now.items():
        group = NEIGHBOURS.get(category)
        if group is None:
            continue
        sums = [sum(worry.get(name, 0.0) for name in group) for worry in (*earlier[-REACH:], now)]
        total = sum(value for value in sums if value >= LEAST)
        if sums[-1] >= ADDS and total >= ENOUGH:
            part = sum(value >= LEAST for value in sums[:-1])
            found.append((share, Gathered(category, round(total, 4), part)))
    return max(found, key=lambda pair: pair[0])[1] if found else None
