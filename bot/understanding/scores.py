"""What both heads say of every piece of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.labels import ASIDE, CONCERNS, FOLLOW_UP, is_topic, topic_of
from bot.understanding.linear import Array, LinearHead
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.spelling import respelt
from bot.understanding.training import NO_CONCERN, TIER_ONE

KNOWN_WORDS: Final = 0.7  # weight of a text in known words beside the text as typed


@dataclass(frozen=True)
class PieceScores:
    """Each class with its probability. Those of `intents` sum to 1, those of `concerns` too; `each_topic` need not."""

    piece: Piece
    intents: dict[str, float]
    concerns: dict[str, float]
    each_topic: dict[str, float]

    @property
    def intent(self) -> tuple[str, float]:
        """The likeliest intent and its probability."""
        label = max(self.intents, key=self.intents.__getitem__)
        return label, self.intents[label]

    @property
    def topics(self) -> list[tuple[str, float]]:
        """Every topic with its probability, likeliest first."""
        found = [(topic_of(label), p) for label, p in self.intents.items() if is_topic(label)]
        return sorted(found, key=lambda pair: -pair[1])

    @property
    def concern_mass(self) -> float:
        """Probability that somebody has to be called, whatever the category: the mean of what both heads say."""
        by_intent = sum(self.intents.get(label, 0.0) for label in CONCERNS)
        return (1.0 - self.concerns[NO_CONCERN] + by_intent) / 2.0

    def share(self, category: str) -> float:
        """Probability of one concern category: the mean of what both heads say."""
        by_concern = self.concerns.get(category, 0.0) + self.concerns.get(category + TIER_ONE, 0.0)
        return (by_concern + self.intents.get(category, 0.0)) / 2.0

    @property
    def concern(self) -> tuple[str, float, float]:
        """The likeliest category, its probability, and the share of it that is an emergency."""
        sums: dict[str, float] = {}
        urgent: dict[str, float] = {}
        for name, p in self.concerns.items():
            if name == NO_CONCERN:
                continue
            category = name.removesuffix(TIER_ONE)
            sums[category] = sums.get(category, 0.0) + p
            urgent[category] = urgent.get(category, 0.0) + (p if name.endswith(TIER_ONE) else 0.0)
        best = max(sums, key=sums.__getitem__)
        return best, sums[best], urgent[best] / max(sums[best], 1e-9)


def score(model: ReaderModel, pieces: Sequence[Piece]) -> list[PieceScores]:
    """One PieceScores a piece. A piece with unknown words is read in known ones too."""
    second = [(index, found.text) for index, piece in enumerate(pieces) if (found := respelt(piece.text))]
    rows = model.space.rows([*(piece.text for piece in pieces), *(text for _, text in second)])
    intents = _named(model.intents, _mean(model.intents.one_of(rows), second))
    concerns = _named(model.concerns, _mean(model.concerns.one_of(rows), second))
    topics = _named(model.topics, _mean(model.topics.each_of(rows), second))
    return [
        PieceScores(piece, _in_its_place(piece, intents[index]), concerns[index], topics[index])
        for index, piece in enumerate(pieces)
    ]


def _mean(probabilities: Array, second: Sequence[tuple[int, str]]) -> Array:
    """`probabilities` has the second readings below the first ones; each is added to its own."""
    first = probabilities[: len(probabilities) - len(second)].copy()
    for row, (index, _) in enumerate(second, start=len(first)):
        first[index] += KNOWN_WORDS * (probabilities[row] - first[index])
    return first


def _named(head: LinearHead, probabilities: Array) -> list[dict[str, float]]:
    return [dict(zip(head.classes, row, strict=True)) for row in probabilities.tolist()]


def _in_its_place(piece: Piece, intents: dict[str, float]) -> dict[str, float]:
    """What cannot be is left out: a whole message is no aside, and a part of one does not lean on the conversation.

    Inside a message "and how long for?" leans on the part before it.
    """
    left_out = ASIDE if piece.whole else FOLLOW_UP
    rest = max(1.0 - intents.get(left_out, 0.0), 1e-9)
    return {label: p / rest for label, p in intents.items() if label != left_out}
