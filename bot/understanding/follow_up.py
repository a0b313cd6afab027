"""A message that leans on the one before it: "and how long for?", "what about wine?", "why?"."""

from __future__ import annotations

from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.reading import Context
from bot.understanding.scores import PieceScores, score


def resolve_follow_up(model: ReaderModel, text: str, alone: PieceScores, context: Context) -> str:
    """The topic meant: what the message says by itself and together with the question before it, half and half.

    Falls back on the topic of the last answer. `context.last_topics` must not be empty.
    """
    together = f"{context.last_question.rstrip(' ?.!')}, {text}" if context.last_question else text
    (joined,) = score(model, [Piece(together, 0, len(together), whole=True)])
    by_itself = dict(alone.topics)
    ranked = sorted(((p + by_itself.get(topic, 0.0)) / 2, topic) for topic, p in joined.topics)
    probability, topic = ranked[-1]
    return topic if probability >= model.thresholds.follow_up else context.last_topics[0]
