"""What the head and the neighbours say of every piece of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.understanding.encoder import Passage
from bot.understanding.labels import ASIDE, FOLLOW_UP, is_topic, topic_of
from bot.understanding.linear import Array
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece, items_of, pieces_of
from bot.understanding.spelling import respelt
from bot.understanding.training import TIER_ONE

NEIGHBOURS_SAY: Final = 0.7  # of a concern; the head has the rest
KNOWN_WORDS: Final = 0.7  # weight of a text in known words beside the text as typed


@dataclass(frozen=True)
class PieceScores:
    """Each class with its probability; those of `intents`, of `nearby` and of `concerns` each sum to 1.

    `intents` is what the head says. `nearby` is the share of each label among the neighbours, `concerns` that of each
    concern category and `none`.
    """

    piece: Piece
    intents: dict[str, float]
    nearby: dict[str, float]
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

    def share(self, category: str) -> float:
        """Probability of one concern category, by head and neighbours together."""
        by_head = self.intents.get(category, 0.0)
        return (1.0 - NEIGHBOURS_SAY) * by_head + NEIGHBOURS_SAY * self.concern_nearby(category)

    def concern_nearby(self, category: str) -> float:
        """Share of one concern category among the neighbours."""
        return self.concerns.get(category, 0.0) + self.concerns.get(category + TIER_ONE, 0.0)

    def urgent(self, category: str) -> float:
        """Share of emergencies among the neighbours of a category; 0 for a category without them."""
        return self.concerns.get(category + TIER_ONE, 0.0) / max(self.concern_nearby(category), 1e-9)


def leaning_on_nothing(scored: PieceScores) -> PieceScores:
    """The same at the start of a conversation, where no message can lean on one before it."""
    return replace(
        scored, intents=_without(FOLLOW_UP, scored.intents), nearby=_without(FOLLOW_UP, scored.nearby)
    )


def score(model: ReaderModel, pieces: Sequence[Piece]) -> list[PieceScores]:
    """One PieceScores a piece. A whole piece is a text of its own; the parts that follow are read in their place in it.

    A piece with unknown words is read in known ones too.
    """
    passages = [_passage(whole, parts) for whole, parts in _by_text(pieces)]
    again, second = [], []
    first = 0
    for passage in passages:
        known = respelt(passage.text)
        if known is not None:
            touched = [place for place, span in enumerate(passage.spans) if known.changes(*span)]
            again.append(Passage(known.text, tuple(known.now(*passage.spans[place]) for place in touched)))
            second += [first, *(first + 1 + place for place in touched)]
        first += 1 + len(passage.spans)
    rows = model.space.rows([*passages, *again])
    by_label, by_concern = model.neighbours.shares(rows.embeddings)
    intents = _named(model.intents.classes, _mean(model.intents.probabilities(rows), second))
    nearby = _named(model.neighbours.labels, _mean(by_label, second))
    concerns = _named(model.neighbours.concerns, _mean(by_concern, second))
    return [
        PieceScores(piece, _in_its_place(piece, intents[index]), nearby[index], concerns[index])
        for index, piece in enumerate(pieces)
    ]


def score_message(model: ReaderModel, message: str) -> tuple[list[PieceScores], list[PieceScores]]:
    """Of the message and its parts, as `pieces_of` has them; and of what it lists. All is read once."""
    pieces, items = pieces_of(message), items_of(message)
    spans = {(part.start, part.end) for part in pieces[1:]}
    new = [item for item in items if (item.start, item.end) not in spans]
    scored = score(model, [*pieces, *new])
    found = {(part.piece.start, part.piece.end): part for part in scored[1:]}
    return scored[: len(pieces)], [found[item.start, item.end] for item in items]


def _by_text(pieces: Sequence[Piece]) -> list[tuple[Piece, list[Piece]]]:
    texts: list[tuple[Piece, list[Piece]]] = []
    for piece in pieces:
        if piece.whole:
            texts.append((piece, []))
        else:
            texts[-1][1].append(piece)
    return texts


def _passage(whole: Piece, parts: Sequence[Piece]) -> Passage:
    return Passage(whole.text, tuple((part.start, part.end) for part in parts))


def _mean(probabilities: Array, second: Sequence[int]) -> Array:
    """`probabilities` has the second readings below the first ones; each is added to its own, which `second` names."""
    first = probabilities[: len(probabilities) - len(second)].copy()
    for row, index in enumerate(second, start=len(first)):
        first[index] += KNOWN_WORDS * (probabilities[row] - first[index])
    return first


def _named(classes: Sequence[str], probabilities: Array) -> list[dict[str, float]]:
    return [dict(zip(classes, row, strict=True)) for row in probabilities.tolist()]


def _in_its_place(piece: Piece, intents: dict[str, float]) -> dict[str, float]:
    """What cannot be is left out: a whole message is no aside, and a part of one does not lean on the conversation.

    Inside a message "and how long for?" leans on the part before it.
    """
    return _without(ASIDE if piece.whole else FOLLOW_UP, intents)


def _without(left_out: str, shares: dict[str, float]) -> dict[str, float]:
    rest = max(1.0 - shares.get(left_out, 0.0), 1e-9)
    return {label: share / rest for label, share in shares.items() if label != left_out}
