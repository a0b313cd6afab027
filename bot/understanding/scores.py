"""What both heads say of every piece of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.labels import CONCERNS, FOLLOW_UP, is_topic, topic_of
from bot.understanding.linear import Array
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.training import NO_CONCERN, TIER_ONE


@dataclass(frozen=True)
class PieceScores:
    """`intents` and `concerns` map each class to its probability."""

    piece: Piece
    intents: dict[str, float]
    concerns: dict[str, float]

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
    """One PieceScores a piece; the encoder sees each piece once."""
    rows = model.space.rows([piece.text for piece in pieces])
    intents: Array = model.intents.probabilities(rows)
    concerns: Array = model.concerns.probabilities(rows)
    return [
        PieceScores(
            piece,
            _standing_alone(piece, dict(zip(model.intents.classes, intents[index].tolist(), strict=True))),
            dict(zip(model.concerns.classes, concerns[index].tolist(), strict=True)),
        )
        for index, piece in enumerate(pieces)
    ]


def _standing_alone(piece: Piece, intents: dict[str, float]) -> dict[str, float]:
    """Inside a message "and how long for?" leans on the part before it, not on the conversation: no follow-up."""
    if piece.whole:
        return intents
    rest = 1.0 - intents.get(FOLLOW_UP, 0.0)
    return {label: 0.0 if label == FOLLOW_UP else p / max(rest, 1e-9) for label, p in intents.items()}
