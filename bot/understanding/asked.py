"""How likely it is that a message asks about a topic, from everything that was read of it.

The heads see the message, its parts and its items, and each says something of every topic; a small logistic model puts
that together. Its weights were fitted on tests/data/development.jsonl with `scripts/fit_asked.py`, never on the sets
that are only reported. Messages of one part and of several have weights of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.understanding.labels import NOT_IN_SOURCE, OUT_OF_SCOPE, SHARE_UPDATE, label_of
from bot.understanding.scores import PieceScores

MOST_LIKELY: Final = 4  # topics of each piece that are looked at
INTENT_FLOOR: Final = 0.03
TOPIC_FLOOR: Final = 0.1
NO_ITEMS: Final = -3.0
NAMED: Final = 0.3  # an item that speaks this much for a topic says where it is asked
_FARTHEST: Final = 1e-3  # probabilities nearer to 0 or 1 say no more


@dataclass(frozen=True)
class Asked:
    """`place`: the character at which the part or the item begins that speaks most for the topic."""

    topic: str
    probability: float
    place: int


# What is known of one topic in one message, in logits where it is a probability.
FEATURES: Final = (
    "whole_intent",  # the whole message, by the intent head
    "whole_topic",  # the whole message, by the topic head
    "part_intent",  # the part that speaks most for the topic
    "part_topic",
    "item_topic",  # the item of a list that speaks most for it
    "refusal",  # the whole message: not in the sources, or out of scope
    "part_refusal",  # the part that speaks most for the topic
    "story",  # the whole message tells something
    "parts",  # logarithm of their number
    "likeliest",  # 1 for the likeliest topic of the whole message
    "no_list",  # 1 when the message lists nothing
    "constant",
)
_ONE_PART: Final = (0.145, 0.156, 0.145, 0.156, 0.435, -0.664, -0.664, 0.379, 0.0, 0.592, -0.047, 1.939)
_SEVERAL: Final = (0.166, 0.431, 0.109, 0.196, 0.023, -1.019, -0.447, 0.707, 0.369, -0.277, -0.435, 1.754)
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
    refusal, story = _refusal(whole), whole.intents.get(SHARE_UPDATE, 0.0)
    result: dict[str, tuple[tuple[float, ...], int]] = {}
    for topic in _hinted_at([*scores, *items]):
        label = label_of(topic)
        by_part = [unit.intents.get(label, 0.0) for unit in units]
        place = max(range(len(units)), key=by_part.__getitem__)
        features = (
            _logit(whole.intents.get(label, 0.0)),
            _logit(whole.each_topic.get(topic, 0.0)),
            _logit(by_part[place]),
            _logit(max(unit.each_topic.get(topic, 0.0) for unit in units)),
            _logit(max(item.each_topic.get(topic, 0.0) for item in items)) if items else NO_ITEMS,
            refusal,
            _refusal(units[place]),
            story,
            math.log(len(units)),
            float(topic == likeliest),
            float(not items),
            1.0,
        )
        result[topic] = (features, _place(topic, units[place], items))
    return result


def _place(topic: str, part: PieceScores, items: Sequence[PieceScores]) -> int:
    named = [item for item in items if item.each_topic.get(topic, 0.0) >= NAMED]
    best = max(named, key=lambda item: item.each_topic[topic], default=part)
    return best.piece.start


def _hinted_at(pieces: Iterable[PieceScores]) -> list[str]:
    topics: set[str] = set()
    for piece in pieces:
        topics.update(topic for topic, p in piece.topics[:MOST_LIKELY] if p > INTENT_FLOOR)
        topics.update(topic for topic, p in piece.each_topic.items() if p > TOPIC_FLOOR)
    return sorted(topics)


def _refusal(piece: PieceScores) -> float:
    return piece.intents.get(NOT_IN_SOURCE, 0.0) + piece.intents.get(OUT_OF_SCOPE, 0.0)


def _logit(probability: float) -> float:
    bounded = min(max(probability, _FARTHEST), 1.0 - _FARTHEST)
    return math.log(bounded / (1.0 - bounded))
