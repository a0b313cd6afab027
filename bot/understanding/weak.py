"""Concerns that a message hardly voices, and whether the talk before it bears them out. Pure.

Most messages of a conversation are a few words, and a few words are like many things: "every single day??" is low mood
by itself and sun cream after an answer about sun cream. docs/decisions/0013-context.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.scores import PieceScores
from bot.understanding.voiced import concerns_voiced
from bot.understanding.worry import NEIGHBOURS

WEAK: Final = 0.5  # probability below which a concern is weighed again
BORNE_OUT: Final = 0.035  # probability, read after what was talked about, from which it stands


def hardly_voiced(concerns: Sequence[Concern]) -> bool:
    """There are some, no rule found one of them, and the classifier is far from sure of each."""
    return bool(concerns) and all(concern.certainty < WEAK for concern in concerns)


def may_be_asked(concerns: Iterable[Concern]) -> bool:
    """A question may stand for a case: not for a wish for a person, nor for an emergency of the body.

    That one would lose its tier by being asked about.
    """
    return not any(
        concern.category is Category.HUMAN
        or (concern.category is Category.SERIOUS_SIDE_EFFECT and concern.tier == 1)
        for concern in concerns
    )


def borne_out(concerns: Iterable[Concern], readings: Iterable[PieceScores]) -> bool:
    """Does a reading of the message after what was said before it speak of the same, or of its neighbour?"""
    meant = frozenset[str]().union(*(NEIGHBOURS[concern.category.value] for concern in concerns))
    voiced = (one for reading in readings for one in concerns_voiced([reading]))
    return any(one.probability >= BORNE_OUT and one.category.value in meant for one in voiced)
