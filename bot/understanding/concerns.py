"""Who has to be called: reviewed rules OR the classifier, on the whole message and on each part of it.

A rule that matches is a concern, whatever the classifier thinks. Where no rule matches, the classifier decides
by threshold; a sentence that a neutraliser covers needs near certainty. In doubt the patient is asked, and a
second doubt about the same category in one conversation counts as a concern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.safety.categories import Category
from bot.safety.rules import RuleOutcome
from bot.safety.screening import Concern
from bot.understanding.explanation import READS_LIKE
from bot.understanding.policy import Thresholds
from bot.understanding.scores import PieceScores
from bot.understanding.worry import LEAST, NEIGHBOURS, Gathered

DEFAULT_TIER = {
    Category.SUICIDAL: 1,
    Category.PREGNANCY: 1,
    Category.SERIOUS_SIDE_EFFECT: 2,
    Category.MOOD: 2,
    Category.HUMAN: 3,
}
MOST_CERTAIN = 0.999  # a score is never as certain as a rule
_TIE_ORDER = tuple(DEFAULT_TIER)


@dataclass(frozen=True)
class Screening:
    """Concerns, strongest first, at most one a category; and the category in doubt when there is none."""

    concerns: tuple[Concern, ...]
    clarify: str | None


def screen(
    text: str,
    scores: Sequence[PieceScores],
    rules: RuleOutcome,
    thresholds: Thresholds,
    hints: Iterable[str] = (),
) -> Screening:
    """Combine what rules and classifier say about one message."""
    found = [
        Concern(
            Category(match.category),
            match.tier,
            match.start,
            match.end,
            match.evidence,
            match.why,
            certainty=1.0,
        )
        for match in rules.matches
    ]
    ruled = {concern.category for concern in found}
    doubt: tuple[float, str] | None = None
    for scored in scores:
        category_name, share, urgent = scored.concern
        category, mass = Category(category_name), scored.concern_mass
        needed = _needed(scored, category, urgent, len(scores), rules, thresholds)
        if mass >= needed and category not in ruled:
            found.append(_classified(scored, category, mass, urgent, thresholds))
        elif (
            mass >= thresholds.concern_doubt
            and needed < thresholds.neutralised
            and scored.piece.whole
            and category is not Category.HUMAN
        ):
            doubt = max(doubt or (0.0, ""), (mass, category_name))
    if not found and doubt and NEIGHBOURS.get(doubt[1], frozenset()) & set(hints):
        category = Category(doubt[1])
        reason = "Second sign of this in one conversation"
        found.append(Concern(category, DEFAULT_TIER[category], 0, len(text), text, reason, doubt[0]))
    concerns = _strongest_first(found)
    return Screening(concerns, None if concerns or doubt is None else doubt[1])


def answered_yes(text: str, category: str) -> Concern:
    """The concern behind a yes: to "happening to you now?", or to having a question passed on to the clinic."""
    found = Category(category)
    if found is Category.HUMAN:
        reason = "The patient asked, when offered, for the question to be passed on"
    else:
        reason = "The patient confirmed, when asked, that it is happening now"
    return Concern(found, DEFAULT_TIER[found], 0, len(text), text, reason, 1.0)


def worry_of(scored: PieceScores, rules: RuleOutcome) -> dict[str, float]:
    """How much a whole message speaks of each category, by head and neighbours; nothing where it is negligible.

    A category that a neutraliser covers for most of the message has none.
    """
    shares = {}
    for category in NEIGHBOURS:
        covered = sum(n.end - n.start for n in rules.neutralised if n.category in (None, category))
        share = scored.share(category)
        if share >= LEAST and covered * 2 < len(scored.piece.text):
            shares[category] = round(share, 4)
    return shares


def gathered_concern(text: str, gathered: Gathered) -> Concern:
    """The concern of several messages that none of them carries alone."""
    category = Category(gathered.category)
    if gathered.messages:
        reason = "Several messages of this conversation together speak of it"
    else:
        reason = "Read together with the message before it, it speaks of this"
    certainty = min(round(gathered.total, 4), MOST_CERTAIN)
    return Concern(category, DEFAULT_TIER[category], 0, len(text), text, reason, certainty)


def stand_in_concerns(text: str, thing: str, rules: RuleOutcome) -> tuple[Concern, ...]:
    """What the rules find once a pronoun is written out as `thing`; the whole message is the evidence."""
    best: dict[Category, Concern] = {}
    for match in rules.matches:
        reason = f"{match.why} It is understood from the answer before it that the {thing} is meant"
        concern = Concern(match.category, match.tier, 0, len(text), text, reason, MOST_CERTAIN)
        best.setdefault(match.category, concern)
    return tuple(best.values())


def louder(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The higher share of each category."""
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {**one, **other}}


def _needed(
    scored: PieceScores,
    category: Category,
    urgent: float,
    pieces: int,
    rules: RuleOutcome,
    thresholds: Thresholds,
) -> float:
    """The probability that makes this piece a concern of this category."""
    piece = scored.piece
    whole = thresholds.concern_urgent if _tier(category, urgent, thresholds) == 1 else thresholds.concern
    harmless = [covered for covered in rules.neutralised if covered.category in (None, category)]
    if pieces == 1 or not piece.whole:
        if any(covered.start < piece.end and piece.start < covered.end for covered in harmless):
            return thresholds.neutralised
    elif harmless:
        return max(thresholds.concern_part, whole)
    return whole if piece.whole else thresholds.concern_part


def _tier(category: Category, urgent: float, thresholds: Thresholds) -> int:
    """`urgent`: the share of emergencies, where the category has them."""
    if category is Category.SERIOUS_SIDE_EFFECT and urgent >= thresholds.tier_one:
        return 1
    return DEFAULT_TIER[category]


def _classified(
    scored: PieceScores, category: Category, mass: float, urgent: float, thresholds: Thresholds
) -> Concern:
    piece = scored.piece
    tier = _tier(category, urgent, thresholds)
    subject = category.value.removeprefix("concern_").replace("_", " ")
    reason = f"{READS_LIKE} {subject} ({mass:.0%} sure)"
    return Concern(
        category, tier, piece.start, piece.end, piece.text, reason, min(round(mass, 4), MOST_CERTAIN)
    )


def _strongest_first(found: Sequence[Concern]) -> tuple[Concern, ...]:
    """One concern a category, strongest first.

    Beside a danger to life only what the rules found stands: fear about a late period is no second case. Where the
    rules find suicide, that case covers low mood as well.
    """
    best: dict[Category, Concern] = {}
    for concern in found:
        held = best.get(concern.category)
        if held is None or _strength(concern) > _strength(held):
            best[concern.category] = concern
    if Category.SUICIDAL in best and best[Category.SUICIDAL].certainty == 1.0:
        best.pop(Category.MOOD, None)
    ranked = sorted(best.values(), key=_strength, reverse=True)
    pressing = bool(ranked) and ranked[0].tier == 1
    return tuple(c for c in ranked if not pressing or c.tier == 1 or c.certainty == 1.0)


def _strength(concern: Concern) -> tuple[int, float, int]:
    return -concern.tier, concern.certainty, -_TIE_ORDER.index(concern.category)
