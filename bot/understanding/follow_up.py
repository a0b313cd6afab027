"""Which subject a message means that leans on the conversation: "and how long for?", "what about wine?", "why?".

In this order: one of several things that were offered ("the second one"); a subject that the message names itself
("what about the sun?", "no, I meant my son"); the message read together with the question before it; the subject of
the last answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.understanding.labels import FAQ, FOLLOW_UP, NOT_IN_SOURCE, OUT_OF_SCOPE, UNSURE
from bot.understanding.leaning import (
    Leaning,
    asks,
    is_short,
    leaning_of,
    means_the_other,
    place_meant,
    points_back,
)
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.reading import Context
from bot.understanding.scores import PieceScores, score

NAMED: Final = (
    0.6  # "isotretinoin and wine": probability of a topic from which a message names its subject itself
)
NOT_OURS: Final = 0.9  # probability of "not in my sources" from which it names a subject that we do not have
SURE: Final = 0.9  # a message that is this sure of its topic does not lean, unless it names nothing
JOINED: Final = 0.8  # a short question that stands badly alone, read with the one before it
STANDS_ALONE: Final = 0.7
REFUSED_ALONE: Final = 0.85
TELLING: Final = 4  # words after "and" that may say by themselves what they are about
_CHILD: Final = re.compile(
    r"\b(?:my|our|a|the)\s+(?:\w+\s+)?(?:son|daughter|kid|child|boy|girl|teen(?:ager)?|\d+[\s-]*(?:yo|year[\s-]*old))\b",
    re.I,
)
_SMALL_TALK_AT_HAND: Final = frozenset({"what_can_you_do", "ask_source"})  # "what would I look out for"


@dataclass(frozen=True)
class Resolved:
    """`topic` is None when the message asks for something that the sources do not have."""

    topic: str | None


def resolve(model: ReaderModel, text: str, alone: PieceScores, context: Context) -> Resolved | None:
    """What a message means in its context; None: it stands alone, read it by itself."""
    chosen = _chosen(text, context)
    if chosen is not None:
        return Resolved(chosen)
    leaning = leaning_of(text)
    label, probability = alone.intent
    if not _leans(leaning, text, label, probability, context):
        return None
    if leaning.form != "plain" and len(leaning.rest.split()) >= TELLING:
        topic, share = score(model, [_whole(leaning.rest)])[0].topics[0]
        if share >= SURE:
            return Resolved(topic)
    if not leaning.names_a_subject:
        return _pure(model, leaning, context)
    if leaning.form == "switch":
        return _named(model, leaning.rest)
    if leaning.form == "opening" or _CHILD.search(leaning.rest):
        named = _named(model, leaning.rest)
        if named is not None:
            return named
    joined = _joined(model, leaning.rest, context)
    if joined is None:
        return _named(model, leaning.rest) if leaning.form == "correction" else None
    topic, share, refused = joined
    if leaning.form == "plain" and label != FOLLOW_UP:
        return Resolved(topic) if share >= JOINED and topic in _at_hand(context) else None
    if leaning.form == "correction" and share < NAMED:
        named = _named(model, leaning.rest)
        if named is not None:
            return named
    if share >= max(model.thresholds.follow_up, refused):
        return Resolved(topic)
    if refused >= STANDS_ALONE:
        return Resolved(None)
    return Resolved(context.last_topics[0]) if context.last_topics else None


def _chosen(text: str, context: Context) -> str | None:
    """One of the subjects that the conversation has put side by side."""
    if len(context.choices) < 2:
        return None
    place = place_meant(text)
    if place is not None:
        return context.choices[place] if place < len(context.choices) else None
    if means_the_other(text) and len(context.choices) == 2:
        left = [topic for topic in context.choices if topic not in context.last_topics[:1]]
        return left[0] if left else None
    return None


def _leans(leaning: Leaning, text: str, label: str, probability: float, context: Context) -> bool:
    if leaning.form in ("switch", "correction"):
        return bool(leaning.rest)
    if label == FOLLOW_UP:
        return True
    topical = label.startswith(FAQ)
    if not leaning.names_a_subject:
        bare = (leaning.form == "opening" or points_back(text)) and asks(text)
        return is_short(text) and (bare or not leaning.rest) and (topical or label in _UNSETTLED)
    if leaning.form == "opening" and is_short(text) and not (topical and probability >= SURE):
        return topical or label in _UNSETTLED
    if not (context.last_topics and is_short(text) and asks(text)):
        return False
    if label in _SMALL_TALK_AT_HAND:
        return probability < SURE
    return probability < (STANDS_ALONE if topical else REFUSED_ALONE) and (topical or label in _UNSETTLED)


_UNSETTLED: Final = frozenset(
    {NOT_IN_SOURCE, OUT_OF_SCOPE, UNSURE, "share_update", "what_can_you_do", "affirm"}
)


def _pure(model: ReaderModel, leaning: Leaning, context: Context) -> Resolved | None:
    """Nothing but leaning: "why?", "is it dangerous". It is about the last answer, or about the refusal after it."""
    if context.last_intent in (NOT_IN_SOURCE, OUT_OF_SCOPE):
        return Resolved(None)
    if not context.last_topics:
        return None
    if leaning.form == "correction" or len(context.last_topics) == 1:
        return Resolved(context.last_topics[0])
    joined = _joined(model, leaning.rest, context)
    known = joined is not None and joined[0] in context.last_topics
    return Resolved(joined[0] if joined is not None and known else context.last_topics[0])


def _named(model: ReaderModel, rest: str) -> Resolved | None:
    """The subject that a few words name by themselves."""
    plain = _CHILD.sub("children", rest)
    first = plain.split(",")[0]
    frames = dict.fromkeys(f"isotretinoin and {words}" for words in (plain, first))
    bare, framed, *more = score(model, [_whole(plain), *map(_whole, frames)])
    for scored in (framed, bare, *more):
        topic, probability = scored.topics[0]
        if probability >= NAMED:
            return Resolved(topic)
    if framed.intents.get(NOT_IN_SOURCE, 0.0) >= NOT_OURS:
        return Resolved(None)
    return None


def _joined(model: ReaderModel, rest: str, context: Context) -> tuple[str, float, float] | None:
    """(topic, its probability, that of a refusal) of the message read after what was talked about."""
    before = [question for question in _before(context) if question]
    if not before:
        return None
    scores = score(model, [_whole(f"{question.rstrip(' ?.!')}, {rest}") for question in before])
    shares: dict[str, float] = {}
    for scored in scores:
        for topic, probability in scored.topics:
            shares[topic] = shares.get(topic, 0.0) + probability / len(scores)
    refused = sum(
        scored.intents.get(label, 0.0) for scored in scores for label in (NOT_IN_SOURCE, OUT_OF_SCOPE)
    )
    best = max(shares, key=shares.__getitem__)
    return best, shares[best], refused / len(scores)


def _before(context: Context) -> tuple[str, ...]:
    """What the message may continue: a refused question, or the subject of the last answer and its question."""
    if context.last_intent in (NOT_IN_SOURCE, OUT_OF_SCOPE, UNSURE):
        return (context.last_text,)
    if not context.last_topics:
        return (context.last_text,)
    return (context.last_topics[0].replace("_", " "), context.last_question)


def _at_hand(context: Context) -> tuple[str, ...]:
    return (*context.last_topics, *context.choices)


def _whole(text: str) -> Piece:
    return Piece(text, 0, len(text), whole=True)
