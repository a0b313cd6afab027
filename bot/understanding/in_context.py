"""What a message says after the ones before it, where it is no concern by itself, or hardly one.

A weak concern that the talk before it does not bear out is asked about. What is no concern by itself may be one in
three ways: the thing that a pronoun stands for is written out ("ours tore"); "that's me" is said to an answer about
warning signs; or the worry of the latest messages together is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.safety.categories import Category
from bot.safety.rules import RuleBook, RuleOutcome
from bot.understanding.concerns import (
    Screening,
    answered_yes,
    doubted,
    gathered_concern,
    louder,
    stand_in_concerns,
    worry_of,
)
from bot.understanding.labels import is_topic
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.reading import Context
from bot.understanding.reviewed import reviewed
from bot.understanding.scores import PieceScores, score
from bot.understanding.short_answers import says_that_is_me
from bot.understanding.stand_ins import with_the_thing_named
from bot.understanding.voiced import concerns_voiced
from bot.understanding.weak import borne_out, hardly_voiced, may_be_asked
from bot.understanding.worry import gather

LIVED: Final = {"mood_education": "concern_mood", "serious_side_effects": "concern_serious_side_effect"}
"""What "that's me" means after an answer about warning signs."""

SURE_OF_TOPIC: Final = 0.9  # a message that asks this clearly about a topic is no part of a story
LONGEST_BEFORE: Final = 300  # characters of the message before that are read again
HARDLY: Final = 0.05  # "that's me", said to something that speaks this little of a concern, says nothing
WORTH_ASKING: Final = 0.06  # worry of one message, or of two read together, from which the patient is asked


@dataclass(frozen=True)
class InContext:
    """`worry`: what the message brings to the conversation, read together with the one before it."""

    screening: Screening
    worry: Mapping[str, float]


def weigh_in_context(
    model: ReaderModel,
    rule_book: RuleBook,
    text: str,
    rules: RuleOutcome,
    screening: Screening,
    context: Context,
) -> Screening:
    """A weak concern is read again after the message before it, and after the subject of the last answer.

    Where neither reading bears it out the patient is asked. So it is weighed only where the assistant is the one who
    talks with the patient, and the next answer is free for a question; and not after a case: there, every sign counts.
    """
    if not hardly_voiced(screening.concerns):
        return screening
    named = _with_the_thing_named(rule_book, text, context)
    if named is not None:
        return named
    calm = context.answered and not context.awaiting_contact and not context.follows_a_concern
    if not calm or not may_be_asked(screening.concerns):
        return screening
    before = (_end_of(context.last_text), *(topic.replace("_", " ") for topic in context.last_topics[:1]))
    readings = score(model, [_whole(f"{words}, {text}") for words in before])
    if borne_out(screening.concerns, readings):
        return screening
    strongest = screening.concerns[0]
    return doubted(text, strongest.category, strongest.certainty, rules, model.thresholds, context.hints)


def screen_in_context(
    model: ReaderModel,
    rules: RuleBook,
    text: str,
    alone: PieceScores,
    screening: Screening,
    worry: Mapping[str, float],
    context: Context,
) -> InContext:
    """`alone`, `screening` and `worry` are what the message gave by itself: no concern, perhaps a doubt."""
    named = _with_the_thing_named(rules, text, context)
    if named is not None:
        return InContext(named, worry)
    if says_that_is_me(text) and not context.follows_a_concern and context.last_text:
        return _said_of_oneself(model, text, screening, worry, context)
    if worry and _may_continue(alone, context):
        together = f"{_end_of(context.last_text)}, {text}"
        worry = louder(worry, worry_of(_scored(model, together), reviewed(rules, together)))
    gathered = gather(worry, context.worries)
    if gathered is not None:
        return InContext(Screening((gathered_concern(text, gathered),), None), worry)
    doubt = max(worry, key=lambda name: worry[name], default=None)
    if screening.clarify is None and doubt is not None and worry[doubt] >= WORTH_ASKING:
        outcome = reviewed(rules, text)
        asked = doubted(text, Category(doubt), worry[doubt], outcome, model.thresholds, context.hints)
        return InContext(asked, worry)
    return InContext(screening, worry)


def _with_the_thing_named(rules: RuleBook, text: str, context: Context) -> Screening | None:
    """What the rules find once a pronoun is written out; None where there is none, or they find nothing."""
    stand_in = with_the_thing_named(text, context.last_topics, context.last_text)
    if stand_in is None:
        return None
    found = stand_in_concerns(text, stand_in.thing, reviewed(rules, stand_in.text))
    return Screening(found, None) if found else None


def _may_continue(alone: PieceScores, context: Context) -> bool:
    """Could this message be the rest of a story? Not after a case, which would speak through every message."""
    label, probability = alone.intent
    settled = is_topic(label) and probability >= SURE_OF_TOPIC
    return bool(context.last_text) and not context.follows_a_concern and not settled


def _said_of_oneself(
    model: ReaderModel, text: str, screening: Screening, worry: Mapping[str, float], context: Context
) -> InContext:
    category = next((LIVED[topic] for topic in context.last_topics if topic in LIVED), None)
    if category is None:
        now = _scored(model, f"i have this right now: {context.last_text}")
        likeliest = concerns_voiced([now])[0]
        category = likeliest.category.value
        if likeliest.probability < HARDLY:
            return InContext(screening, worry)
        if likeliest.probability < model.thresholds.concern:
            return InContext(Screening((), category), worry)
    return InContext(Screening((answered_yes(text, category),), None), worry)


def _scored(model: ReaderModel, text: str) -> PieceScores:
    (scored,) = score(model, [_whole(text)])
    return scored


def _whole(text: str) -> Piece:
    return Piece(text, 0, len(text), whole=True)


def _end_of(before: str) -> str:
    return before.rstrip(" ?.!")[-LONGEST_BEFORE:]
