"""Which subjects a message asks about: several, one, or none that the sources answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.asked import topics_asked
from bot.understanding.labels import NOT_IN_SOURCE
from bot.understanding.policy import Thresholds
from bot.understanding.scores import PieceScores

MOST_ANSWERED: Final = 3
MOST_NEARBY: Final = 3
NEARBY_FLOOR: Final = 0.03


@dataclass(frozen=True)
class Questions:
    """`topics` in the order asked, at most three; `further` beyond those; `nearby` nearest first."""

    topics: tuple[str, ...]
    further: tuple[str, ...]
    nearby: tuple[str, ...]
    uncovered: bool
    confidence: float


def questions_in(
    scores: Sequence[PieceScores], thresholds: Thresholds, items: Sequence[PieceScores] = ()
) -> Questions:
    """`scores`: the whole message first, then its parts when it has several; `items`: what a short message lists."""
    asked = topics_asked(scores, items)
    chosen = [
        found
        for rank, found in enumerate(asked)
        if asked[0].probability >= thresholds.topic
        and (rank == 0 or found.probability >= thresholds.topic_second)
    ]
    answered = sorted(chosen[:MOST_ANSWERED], key=lambda found: found.place)
    return Questions(
        topics=tuple(found.topic for found in answered),
        further=tuple(found.topic for found in chosen[MOST_ANSWERED:]),
        nearby=_nearby(scores, {found.topic for found in chosen}),
        uncovered=_uncovered(scores, thresholds),
        confidence=chosen[0].probability if chosen else 0.0,
    )


def _uncovered(scores: Sequence[PieceScores], thresholds: Thresholds) -> bool:
    asking = scores[1:] or scores
    return any(scored.intents.get(NOT_IN_SOURCE, 0.0) >= thresholds.uncovered_part for scored in asking)


def _nearby(scores: Sequence[PieceScores], answered: set[str]) -> tuple[str, ...]:
    best: dict[str, float] = {}
    for scored in scores:
        for topic, probability in scored.topics[: MOST_NEARBY + 2]:
            best[topic] = max(best.get(topic, 0.0), probability)
    ranked = sorted((t for t in best if t not in answered), key=lambda topic: -best[topic])
    return tuple(topic for topic in ranked[:MOST_NEARBY] if best[topic] >= NEARBY_FLOOR)
