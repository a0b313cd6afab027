"""Scores made by hand: what head and neighbours would say of a piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.understanding.labels import CONCERNS
from bot.understanding.pieces import Piece
from bot.understanding.scores import PieceScores

NONE = "none"
REST = "share_update"  # where an intent distribution puts what is left


def scored(
    text: str,
    *,
    start: int = 0,
    whole: bool = True,
    concerns: Mapping[str, float] | None = None,
    intents: Mapping[str, float] | None = None,
) -> PieceScores:
    """`concerns` and `intents` give probabilities; they agree about concerns unless `intents` says more."""
    share = {**dict.fromkeys(CONCERNS, 0.0), **(concerns or {})}
    by_intent = dict.fromkeys(CONCERNS, 0.0)
    for category, p in share.items():
        by_intent[category.removesuffix("@1")] += p
    by_intent.update(intents or {})
    by_intent[REST] = max(0.0, 1.0 - sum(by_intent.values()))
    return PieceScores(
        Piece(text, start, start + len(text), whole),
        by_intent,
        dict(by_intent),
        {**share, NONE: max(0.0, 1.0 - sum(share.values()))},
    )


def in_parts(message: str, *parts: PieceScores, whole: PieceScores | None = None) -> list[PieceScores]:
    """The scores of a whole message before those of its parts, which are put where they stand in it."""
    first = whole or scored(message)
    placed = []
    for part in parts:
        start = message.index(part.piece.text)
        piece = Piece(part.piece.text, start, start + len(part.piece.text))
        placed.append(replace(part, piece=piece))
    return [first, *placed]


def asking(text: str, **topics: float) -> PieceScores:
    """A part that asks about topics."""
    return scored(text, whole=False, intents={f"faq/{topic}": p for topic, p in topics.items()})
