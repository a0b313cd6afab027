"""Which subject a message means that says only half of it: "and how long for?", "not with wine?", "for my cheeks too".

It is read in several ways: alone, after the name of the last answer's subject, after the question that led there, and
as the name of a new subject. Each way has a say in every subject, and in "not in the sources"; a small logistic model
puts that together. Its weights were fitted on the development conversations with `scripts/fit_meant.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.labels import NOT_IN_SOURCE, OUT_OF_SCOPE, is_topic, topic_of

FARTHEST: Final = 0.01  # a way of reading that rules a subject out says no more than this
LEAST: Final = 0.04  # a subject that no way of reading gives this much is not looked at

FEATURES: Final = (
    "alone",  # logarithms of probabilities, up to here:
    "after_subject",
    "after_question",
    "anew",  # as a new subject, where its form may name one ("and wine?", not "and at night?")
    "last",  # 1 for the subject of the last answer
    "last_anew",  # the same, where the form may name a new one
    "refusal",  # 1 for "not in the sources"
)
WEIGHTS: Final = (0.31, 0.47, 0.48, 0.66, -0.79, -0.81, -0.68)


@dataclass(frozen=True)
class Ways:
    """What the head says of each way of reading. `anew` is None where the form cannot name a new subject."""

    alone: Mapping[str, float]
    after_subject: Mapping[str, float]
    after_question: Mapping[str, float]
    anew: Mapping[str, float] | None


@dataclass(frozen=True)
class Meant:
    """`topic` is None for something that the sources do not have. All probabilities sum to 1."""

    topic: str | None
    probability: float


def subjects_meant(ways: Ways, last_topics: Sequence[str]) -> list[Meant]:
    """Every subject worth a look and the refusal, likeliest first."""
    logits = {
        topic: sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
        for topic, features in features_of(ways, last_topics).items()
    }
    highest = max(logits.values())
    shares = {topic: math.exp(logit - highest) for topic, logit in logits.items()}
    total = sum(shares.values())
    found = [Meant(topic, share / total) for topic, share in shares.items()]
    return sorted(found, key=lambda meant: (-meant.probability, meant.topic or ""))


def features_of(ways: Ways, last_topics: Sequence[str]) -> dict[str | None, tuple[float, ...]]:
    """For each subject that any way of reading hints at, and for the refusal: its features as FEATURES has them."""
    alone, after_subject, after_question = map(_said, (ways.alone, ways.after_subject, ways.after_question))
    anew = _said(ways.anew) if ways.anew is not None else None
    read = (alone, after_subject, after_question, *((anew,) if anew is not None else ()))
    hinted_at: set[str | None] = {topic for said in read for topic, share in said.items() if share >= LEAST}
    return {
        topic: (
            _log(alone, topic),
            _log(after_subject, topic),
            _log(after_question, topic),
            _log(anew, topic) if anew is not None else 0.0,
            float(topic in last_topics[:1]),
            float(anew is not None and topic in last_topics[:1]),
            float(topic is None),
        )
        for topic in (None, *sorted(topic for topic in hinted_at | set(last_topics[:1]) if topic is not None))
    }


def _said(intents: Mapping[str, float]) -> dict[str | None, float]:
    """Subject -> probability; None: not in the sources, or out of scope."""
    said: dict[str | None, float] = {
        topic_of(label): share for label, share in intents.items() if is_topic(label)
    }
    said[None] = intents.get(NOT_IN_SOURCE, 0.0) + intents.get(OUT_OF_SCOPE, 0.0)
    return said


def _log(said: Mapping[str | None, float], topic: str | None) -> float:
    return math.log(max(said.get(topic, 0.0), FARTHEST))
