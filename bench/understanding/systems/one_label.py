"""What a classifier of one label a message leads to: the label is answered, escalated, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.evaluation.system import FoundConcern, Judgement
from bot.safety.categories import Category
from bot.understanding.concerns import DEFAULT_TIER
from bot.understanding.examples import Example
from bot.understanding.labels import CONCERNS, is_topic, topic_of

FALLBACK: Final = 0.3
"""Rasa's FallbackClassifier: a message whose best label is less likely than this is refused."""


def label_for(example: Example) -> str:
    """A message with several labels is trained under its first."""
    return example.labels[0]


def judgement_of(probabilities: Mapping[str, float], *, refused: bool) -> Judgement:
    """From the labels' probabilities. Raises ValueError when there are none."""
    label = max(probabilities, key=probabilities.__getitem__)
    topics = {topic_of(name): p for name, p in probabilities.items() if is_topic(name)}
    best = max(topics, key=topics.__getitem__, default=None)
    return Judgement(
        topics=(topic_of(label),) if is_topic(label) and not refused else (),
        concerns=(_concern(label),) if label in CONCERNS and not refused else (),
        best_topic=best,
        topic_probability=None if best is None else _within_one(topics[best]),
        concern_probability=_within_one(sum(probabilities.get(name, 0.0) for name in CONCERNS)),
    )


def _concern(label: str) -> FoundConcern:
    return FoundConcern(label, DEFAULT_TIER[Category(label)])


def _within_one(probability: float) -> float:
    return min(1.0, max(0.0, float(probability)))
