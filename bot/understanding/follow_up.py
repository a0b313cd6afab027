"""A message that leans on the one before it: "and how long for?", "what about wine?", "why?"."""

from __future__ import annotations

from typing import Final

from bot.understanding.labels import FOLLOW_UP
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.reading import Context
from bot.understanding.scores import PieceScores, score

LONGEST: Final = 4  # words of a message that leans on context by its first word alone
NEW_SUBJECT: Final = (
    0.03  # probability of a topic beside "follow-up": "what about the sun" has .12, "why" none
)
CLEARLY: Final = 0.6  # share of all topics together
_OPENINGS: Final = ("and ", "why", "what about ", "how about ", "but ")


def leans_on_context(text: str, label: str) -> bool:
    """Does a message make sense only after the answer before it? `label` is its likeliest intent."""
    return label == FOLLOW_UP or (len(text.split()) <= LONGEST and text.lower().startswith(_OPENINGS))


def resolve_follow_up(model: ReaderModel, text: str, alone: PieceScores, context: Context) -> str:
    """The topic meant. `context.last_topics` must not be empty.

    A new subject in the message itself ("what about the sun?") wins; then the message read together with the
    question before it; then the topic of the last answer.
    """
    topic, probability = alone.topics[0]
    everything = sum(share for _, share in alone.topics)
    if probability >= NEW_SUBJECT and probability >= CLEARLY * everything:
        return topic
    if context.last_question:
        together = f"{context.last_question.rstrip(' ?.!')}, {text}"
        (joined,) = score(model, [Piece(together, 0, len(together), whole=True)])
        topic, probability = joined.topics[0]
        if probability >= model.thresholds.follow_up:
            return topic
    return context.last_topics[0]
