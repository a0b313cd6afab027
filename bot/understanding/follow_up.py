"""Which subject a message means that leans on the conversation: "and how long for?", "what about wine?", "why?".

In this order: what is said after a place ("the first thing, is the pill enough"); one of several things that were
offered ("the second one"); the subject of an urgent message before it; a subject that the message names itself ("back
to the sun"); the subject of the last answer, for what names nothing ("why?"); and what several ways of reading the
message say together (`bot.understanding.meant`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.understanding.labels import (
    EDUCATION,
    FAQ,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    OUT_OF_SCOPE,
    UNSURE,
    is_topic,
    topic_of,
)
from bot.understanding.leaning import (
    Leaning,
    after_the_place,
    asks,
    is_short,
    leaning_of,
    means_the_other,
    place_meant,
    points_back,
)
from bot.understanding.meant import Ways, subjects_meant
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import Piece
from bot.understanding.reading import Context
from bot.understanding.scores import PieceScores, score

NAMED: Final = (
    0.6  # "isotretinoin and wine": probability of a topic from which a message names its subject itself
)
NOT_OURS: Final = 0.9  # probability of "not in my sources" from which it names a subject that we do not have
SURE: Final = 0.9  # a message that is this sure of its topic does not lean, unless it names nothing
TELLING: Final = 4  # words after "and" that may say by themselves what they are about
REFUSED_ALONE: Final = 0.85  # a question that is so clearly none of ours is refused whatever came before
AT_HAND: Final = 0.6  # a question that stands badly alone, read after what was talked about
FRAGMENT: Final = 2  # words: "permanent?", "how many"
_CHILD: Final = re.compile(
    r"\b(?:my|our|a|the)\s+(?:\w+\s+)?(?:son|daughter|kid|child|boy|girl|teen(?:ager)?|\d+[\s-]*(?:yo|year[\s-]*old))\b",
    re.I,
)
_SMALL_TALK_AT_HAND: Final = frozenset({"what_can_you_do", "ask_source"})  # "what would I look out for"
_REFUSED: Final = (NOT_IN_SOURCE, OUT_OF_SCOPE)


@dataclass(frozen=True)
class Resolved:
    """`topic` is None when the message asks for something that the sources do not have."""

    topic: str | None


def resolve(model: ReaderModel, text: str, alone: PieceScores, context: Context) -> Resolved | None:
    """What a message means in its context; None: it stands alone, read it by itself."""
    after = subject_after_a_place(model, text, context)
    if after is not None:
        return Resolved(after)
    chosen = _chosen(text, context)
    if chosen is not None:
        return Resolved(chosen)
    urgent = _urgent_subject(context)
    if urgent is not None:
        context = replace(context, last_topics=(urgent,), last_question=context.last_text)
    leaning = leaning_of(text)
    label, probability = alone.intent
    if not _leans(leaning, text, label, probability, context):
        return None
    if leaning.form != "plain" and len(leaning.rest.split()) >= TELLING:
        topic, share = score(model, [_whole(leaning.rest)])[0].topics[0]
        if share >= SURE:
            return Resolved(topic)
    if not leaning.names_a_subject:
        return _pure(model, leaning, alone, context)
    if leaning.form == "switch":
        return _named(model, leaning.rest)
    if _CHILD.search(leaning.rest):
        named = _named(model, leaning.rest)
        if named is not None:
            return named
    ways = _ways(model, leaning, alone, context)
    if ways is None:
        return _named(model, leaning.rest) if leaning.form in ("opening", "correction") else None
    if leaning.form == "opening" and ways.anew is not None:
        label_anew = max(ways.anew, key=ways.anew.__getitem__)
        if is_topic(label_anew) and ways.anew[label_anew] >= SURE:
            return Resolved(topic_of(label_anew))
    likeliest = subjects_meant(ways, context.last_topics)[0]
    if leaning.form == "plain" and label != FOLLOW_UP:
        # It looks like a question of its own: only what was talked about may be meant instead.
        at_hand = likeliest.topic in (*context.last_topics, *context.choices)
        return Resolved(likeliest.topic) if at_hand and likeliest.probability >= AT_HAND else None
    if likeliest.probability < model.thresholds.follow_up:
        return None
    return Resolved(likeliest.topic)


def subject_after_a_place(model: ReaderModel, text: str, context: Context) -> str | None:
    """The subject named after the place of something offered: "the first thing, is the pill enough".

    None where nothing is offered ("at first, my lips were dry"), and where what follows names no topic ("thank you").
    """
    if len(context.choices) < 2 and not context.offers:
        return None
    rest = after_the_place(text)
    named = _named(model, rest) if rest else None
    return named.topic if named is not None else None


def goes_on(text: str, alone: PieceScores, context: Context) -> bool:
    """Tells more of what has just opened a case ("two or three, I think") and asks nothing: no subject answers it."""
    label, probability = alone.intent
    clear = (label == FOLLOW_UP or label.startswith(FAQ)) and probability >= SURE
    told = leaning_of(text).form == "plain" and not asks(text) and _chosen(text, context) is None
    return told and not clear and _urgent_subject(context) is not None


def _urgent_subject(context: Context) -> str | None:
    """What the patient's last message opened a case about: nothing else is on their mind now."""
    if not context.follows_a_concern:
        return None
    worries = context.worries[-1]
    return EDUCATION.get(max(worries, key=worries.__getitem__))


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
        scrap = context.last_intent in _REFUSED and asks(text) and len(leaning.rest.split()) <= FRAGMENT
        return is_short(text) and (bare or scrap or not leaning.rest) and (topical or label in _UNSETTLED)
    if not is_short(leaning.rest) or (topical and probability >= SURE):
        return False
    if leaning.form == "opening":
        return topical or label in _UNSETTLED
    if not (context.last_topics and asks(text)):
        return False
    if label in _SMALL_TALK_AT_HAND:
        return probability < SURE
    return topical or (label in _UNSETTLED and probability < REFUSED_ALONE)


_UNSETTLED: Final = frozenset(
    {NOT_IN_SOURCE, OUT_OF_SCOPE, UNSURE, "share_update", "what_can_you_do", "affirm"}
)


def _pure(model: ReaderModel, leaning: Leaning, alone: PieceScores, context: Context) -> Resolved | None:
    """Nothing but leaning: "why?", "is it dangerous". It is about the last answer, or about the refusal after it.

    Unless it clearly asks something, and still does after the last answer's subject: "how does it work exactly".
    """
    if context.last_intent in _REFUSED:
        return Resolved(None)
    if not context.last_topics:
        return None
    label, probability = alone.intent
    if label.startswith(FAQ) and probability >= SURE:
        (after,) = score(model, [_after(context.last_topics[0], leaning.rest)])
        if after.intent[0] == label:
            return None
    if leaning.form == "correction" or len(context.last_topics) == 1:
        return Resolved(context.last_topics[0])
    likeliest = _likeliest_after(model, leaning, context)
    return Resolved(likeliest if likeliest in context.last_topics else context.last_topics[0])


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


def _ways(model: ReaderModel, leaning: Leaning, alone: PieceScores, context: Context) -> Ways | None:
    """The message read in every way that its context gives; None where there is nothing to lean on."""
    before = [text for text in _before(context) if text]
    if not before:
        return None
    may_name = leaning.form in ("opening", "correction") and not leaning.modifies
    read = [_after(text, leaning.rest) for text in before]
    anew = [_whole(f"isotretinoin and {leaning.rest}")] if may_name else []
    scores = [scored.intents for scored in score(model, [*read, *anew])]
    return Ways(alone.intents, scores[0], scores[len(before) - 1], scores[-1] if may_name else None)


def _likeliest_after(model: ReaderModel, leaning: Leaning, context: Context) -> str:
    """The likeliest subject of the message read after what was talked about."""
    shares: dict[str, float] = {}
    for scored in score(model, [_after(text, leaning.rest) for text in _before(context) if text]):
        for topic, probability in scored.topics:
            shares[topic] = shares.get(topic, 0.0) + probability
    return max(shares, key=shares.__getitem__)


def _before(context: Context) -> tuple[str, ...]:
    """What the message may continue: a refused question, or the subject of the last answer and its question."""
    if context.last_intent in (*_REFUSED, UNSURE):
        return (context.last_text,)
    if not context.last_topics:
        return (context.last_text,)
    return (context.last_topics[0], context.last_question)


def _after(before: str, rest: str) -> Piece:
    return _whole(f"{before.replace('_', ' ').rstrip(' ?.!')}, {rest}")


def _whole(text: str) -> Piece:
    return Piece(text, 0, len(text), whole=True)
