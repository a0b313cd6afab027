"""How likely it is that a message asks about a topic, from everything that was read of it.

Head and neighbours see the message, its parts and its items, and each says something of every topic; a small logistic
model puts that together. Its weights were fitted on the four development sets with `scripts/fit_asked.py`, never on
the sets that are only reported. Messages of one part and of several have weights of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.understanding.labels import NOT_IN_SOURCE, OUT_OF_SCOPE, SHARE_UPDATE, is_topic, label_of, topic_of
from bot.understanding.scores import PieceScores

MOST_LIKELY: Final = 4  # topics of each piece that are looked at
HEAD_FLOOR: Final = 0.03
NEARBY_FLOOR: Final = 0.05
NO_ITEMS: Final = -3.0
NAMED: Final = 0.3  # an item whose neighbours speak this much for a topic says where it is asked
_FARTHEST: Final = 1e-3  # probabilities nearer to 0 or 1 say no more


@dataclass(frozen=True)
class Asked:
    """`place`: the character at which the part or the item begins that speaks most for the topic."""

    topic: str
    probability: float
    place: int


# What is known of one topic in one message, in logits where it is a probability.
FEATURES: Final = (
    "whole",  # the whole message, by the head
    "whole_nearby",  # the whole message, by the neighbours
    "part",  # the part that speaks most for the topic
    "part_nearby",
    "item",  # the item of a list that speaks most for it
    "item_nearby",
    "refusal",  # the whole message: not in the sources, or out of scope
    "refusal_nearby",
    "part_refusal",  # the part that speaks most for the topic
    "part_refusal_nearby",
    "story",  # the whole message tells something
    "parts",  # logarithm of their number
    "likeliest",  # 1 for the likeliest topic of the whole message
    "no_list",  # 1 when the message lists nothing
    "constant",
)
_ONE_PART: Final = (
    0.169, 0.444, 0.169, 0.444, 0.336, 0.313, -0.946, -0.688, -0.946, -0.688, 0.481, 0.0, 0.363, 0.535, 2.540,
)  # fmt: skip
_SEVERAL: Final = (
    0.088, 0.683, 0.310, 0.292, 0.241, -0.023, -1.070, -1.595, -0.822, 0.161, 0.937, 0.407, 0.0, 0.156, 2.285,
)  # fmt: skip
WEIGHTS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"one part": _ONE_PART, "several parts": _SEVERAL}
)


def topics_asked(scores: Sequence[PieceScores], items: Sequence[PieceScores]) -> list[Asked]:
    """Every topic worth a look, likeliest first. `scores`: the whole message, then its parts when it has several."""
    weights = WEIGHTS["one part" if len(scores) == 1 else "several parts"]
    found = []
    for topic, (features, place) in features_of(scores, items).items():
        logit = sum(weight * value for weight, value in zip(weights, features, strict=True))
        found.append(Asked(topic, 1.0 / (1.0 + math.exp(-logit)), place))
    return sorted(found, key=lambda asked: (-asked.probability, asked.topic))


def features_of(
    scores: Sequence[PieceScores], items: Sequence[PieceScores]
) -> dict[str, tuple[tuple[float, ...], int]]:
    """For each topic that any piece hints at: its features as FEATURES has them, and where it is asked."""
    whole, units = scores[0], scores[1:] or scores[:1]
    likeliest = next((topic for topic, _ in whole.topics), None)
    refusal, refusal_nearby = _refusal(whole.intents), _refusal(whole.nearby)
    story = whole.intents.get(SHARE_UPDATE, 0.0)
    result: dict[str, tuple[tuple[float, ...], int]] = {}
    for topic in _hinted_at([*scores, *items]):
        label = label_of(topic)
        best = max(units, key=lambda unit: unit.intents.get(label, 0.0))
        nearest = max(units, key=lambda unit: unit.nearby.get(label, 0.0))
        features = (
            _logit(whole.intents.get(label, 0.0)),
            _logit(whole.nearby.get(label, 0.0)),
            _logit(best.intents.get(label, 0.0)),
            _logit(nearest.nearby.get(label, 0.0)),
            _logit(max(item.intents.get(label, 0.0) for item in items)) if items else NO_ITEMS,
            _logit(max(item.nearby.get(label, 0.0) for item in items)) if items else NO_ITEMS,
            refusal,
            refusal_nearby,
            _refusal(best.intents),
            _refusal(nearest.nearby),
            story,
            math.log(len(units)),
            float(topic == likeliest),
            float(not items),
            1.0,
        )
        result[topic] = (features, _place(label, best, items))
    return result


def _place(label: str, part: PieceScores, items: Sequence[PieceScores]) -> int:
    named = [item for item in items if item.nearby.get(label, 0.0) >= NAMED]
    best = max(named, key=lambda item: item.nearby[label], default=part)
    return best.piece.start


def _hinted_at(pieces: Iterable[PieceScores]) -> list[str]:
    labels: set[str] = set()
    for piece in pieces:
        for said, floor in ((piece.intents, HEAD_FLOOR), (piece.nearby, NEARBY_FLOOR)):
            likeliest = sorted(filter(is_topic, said), key=lambda label: -said[label])[:MOST_LIKELY]
            labels.update(label for label in likeliest if said[label] > floor)
    return sorted(map(topic_of, labels))


def _refusal(said: Mapping[str, float]) -> float:
    return said.get(NOT_IN_SOURCE, 0.0) + said.get(OUT_OF_SCOPE, 0.0)


def _logit(probability: float) -> float:
    bounded = min(max(probability, _FARTHEST), 1.0 - _FARTHEST)
    return math.log(bounded / (1.0 - bounded))
