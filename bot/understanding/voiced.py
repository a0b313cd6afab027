"""How likely it is that a message voices a concern, from everything that was read of it.

Head and neighbours see the message and its parts, and each says something of every category; a small logistic model
puts that together. Its weights were fitted on the four development sets with `scripts/fit_voiced.py`. Messages of one
part and of several have weights of their own; all categories share them. docs/decisions/0017-concerns-voiced.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.safety.categories import Category
from bot.understanding.pieces import Piece
from bot.understanding.scores import PieceScores

_FARTHEST: Final = 3e-3  # probabilities nearer to 0 or 1 say no more


@dataclass(frozen=True)
class Voiced:
    """`urgent`: the share of emergencies in what speaks for it, where the category has them. `piece` speaks most."""

    category: Category
    probability: float
    urgent: float
    piece: Piece


# What is known of one category in one message, in logits where it is a probability.
FEATURES: Final = (
    "whole",  # the whole message, by the head
    "whole_nearby",  # the whole message, by the neighbours
    "part",  # the part that speaks most for the category
    "part_nearby",
    "any_nearby",  # the whole message, any category: doubt may be spread over several
    "parts",  # logarithm of their number
    "constant",
)
_ONE_PART: Final = (0.216, 0.317, 0.216, 0.317, 0.122, 0.000, -0.645)
_SEVERAL: Final = (0.011, 0.571, 0.459, 0.162, -0.067, 0.133, -0.356)
WEIGHTS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"one part": _ONE_PART, "several parts": _SEVERAL}
)


def concerns_voiced(scores: Sequence[PieceScores]) -> list[Voiced]:
    """Every category, likeliest first. `scores`: the whole message, then its parts when it has several."""
    weights = WEIGHTS["one part" if len(scores) == 1 else "several parts"]
    found = []
    for category in Category:
        logit = sum(w * value for w, value in zip(weights, features_of(scores, category), strict=True))
        loudest = max(scores, key=lambda scored: scored.share(category.value))
        probability = 1.0 / (1.0 + math.exp(-logit))
        found.append(Voiced(category, probability, loudest.urgent(category.value), loudest.piece))
    return sorted(found, key=lambda voiced: (-voiced.probability, voiced.category.value))


def features_of(scores: Sequence[PieceScores], category: Category) -> tuple[float, ...]:
    """Of one category, as FEATURES has them."""
    name, whole, parts = category.value, scores[0], scores[1:] or scores[:1]
    return (
        _logit(whole.intents.get(name, 0.0)),
        _logit(whole.concern_nearby(name)),
        _logit(max(part.intents.get(name, 0.0) for part in parts)),
        _logit(max(part.concern_nearby(name) for part in parts)),
        _logit(sum(whole.concern_nearby(one.value) for one in Category if one is not Category.HUMAN)),
        math.log(len(parts)),
        1.0,
    )


def _logit(probability: float) -> float:
    bounded = min(max(probability, _FARTHEST), 1.0 - _FARTHEST)
    return math.log(bounded / (1.0 - bounded))
