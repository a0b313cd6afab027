"""Which subjects a message asks about: several, one, or none that the sources answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.labels import NOT_IN_SOURCE, OUT_OF_SCOPE, is_topic, topic_of
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


def questions_in(scores: Sequence[PieceScores], thresholds: Thresholds) -> Questions:
    """`scores`: the whole message first, then its parts when it has several."""
    whole, parts = scores[0], scores[1:]
    found: dict[str, tuple[int, float]] = {}  # topic -> (place of its first piece, best probability)

    def add(topic: str, place: int, probability: float) -> None:
        first, best = found.get(topic, (place, 0.0))
        found[topic] = (min(first, place), max(best, probability))

    for index, scored in enumerate(parts):
        label, probability = scored.intent
        if is_topic(label) and probability >= thresholds.topic_part:
            add(topic_of(label), index, probability)
    floor = thresholds.topic_whole if parts else thresholds.topic
    for rank, (topic, probability) in enumerate(whole.topics[:2]):
        if probability >= max(floor if rank == 0 else thresholds.topic_second, _refusal(whole)):
            add(topic, _place(topic, parts), probability)
    chosen = sorted(found, key=lambda topic: -found[topic][1])
    answered = sorted(chosen[:MOST_ANSWERED], key=lambda topic: found[topic][0])
    return Questions(
        topics=tuple(answered),
        further=tuple(chosen[MOST_ANSWERED:]),
        nearby=_nearby(scores, set(chosen)),
        uncovered=_uncovered(scores, thresholds),
        confidence=max((found[topic][1] for topic in answered), default=0.0),
    )


def _refusal(scored: PieceScores) -> float:
    """How much speaks for "not in my sources": a topic has to be likelier than that."""
    return scored.intents.get(NOT_IN_SOURCE, 0.0) + scored.intents.get(OUT_OF_SCOPE, 0.0)


def _place(topic: str, parts: Sequence[PieceScores]) -> int:
    """The part that speaks most of a topic which only the whole message named."""
    if not parts:
        return 0
    return max(range(len(parts)), key=lambda index: parts[index].intents.get("faq/" + topic, 0.0))


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
