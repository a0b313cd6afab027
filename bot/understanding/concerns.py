"""Who has to be called: one judgement of the classifier on the whole message and its parts, and reviewed rules.

A concern is raised where the judgement (`bot.understanding.voiced`) reaches a bar. A rule that matches lowers the bar
to almost nothing, and below it the patient is asked: no rule is passed over. A neutraliser that covers much of the
message raises the bar. In doubt the patient is asked, and a second doubt about the same category in one conversation
counts as a concern. Where nothing can be judged, the rules alone decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.safety.categories import TIERS, Category
from bot.safety.rules import RuleMatch, RuleOutcome
from bot.safety.screening import Concern
from bot.understanding.explanation import READS_LIKE
from bot.understanding.policy import Thresholds
from bot.understanding.scores import PieceScores
from bot.understanding.voiced import Voiced, concerns_voiced
from bot.understanding.worry import LEAST, NEIGHBOURS, Gathered

DEFAULT_TIER = {
    Category.SUICIDAL: 1,
    Category.PREGNANCY: 1,
    Category.SERIOUS_SIDE_EFFECT: 2,
    Category.MOOD: 2,
    Category.HUMAN: 3,
}
MOST_CERTAIN = 0.999  # a score is never as certain as a rule
COVERED = 1 / 3  # of the message: from here on a neutraliser speaks for all of it
SECOND = 0.5  # a further category needs this much: most messages are about one thing
NO_RULES = RuleOutcome()
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
    """Combine what rules and classifier say about one message. `scores`: none where it cannot be judged."""
    ruled = _strongest_matches(rules)
    if not scores:
        return Screening(_strongest_first([_by_rule(match) for match in ruled.values()]), None)
    found: list[Concern] = []
    doubts: list[tuple[int, float, Category]] = []  # how pressing; a rule's come first
    for rank, voiced in enumerate(concerns_voiced(scores)):
        category, probability, match = voiced.category, voiced.probability, ruled.get(voiced.category)
        if match is not None:
            if probability >= _ruled_bar(match, thresholds):
                found.append(_by_rule(match))
            elif category is not Category.HUMAN:
                # A wish for a person is not asked about: the clinic is offered wherever no answer is found.
                doubts.append((-match.tier, probability, category))
        elif probability >= _bar(voiced, rank, text, rules, thresholds):
            found.append(_classified(voiced, thresholds))
        elif _is_doubt(voiced, text, rules, thresholds):
            doubts.append((-len(TIERS) - 1, probability, category))
    named = [_by_rule(ruled[category]) for _, _, category in doubts if category in ruled]
    if found or len(named) > 1:
        # Somebody is called anyway, or two rules name different things: what rules named is told as well.
        found.extend(named)
        return Screening(_strongest_first(found), None)
    if not doubts:
        return Screening((), None)
    _, probability, category = max(doubts)
    return doubted(text, category, probability, rules, thresholds, hints)


def doubted(
    text: str,
    category: Category,
    probability: float,
    rules: RuleOutcome,
    thresholds: Thresholds,
    hints: Iterable[str],
) -> Screening:
    """The patient is asked; after an earlier doubt about the same it is a concern, unless it is hardly one."""
    ruled = category in _strongest_matches(rules)
    again = ruled or probability >= thresholds.concern_again
    if not again or not NEIGHBOURS[category.value] & set(hints):
        return Screening((), category.value)
    reason = "Second sign of this in one conversation"
    certainty = min(round(probability, 4), MOST_CERTAIN)
    second = Concern(category, _tier_of_rules(category, rules), 0, len(text), text, reason, certainty)
    return Screening((second,), None)


def answered_yes(text: str, category: str, rules: RuleOutcome = NO_RULES) -> Concern:
    """The concern behind a yes: to "happening to you now?", or to having a question passed on to the clinic.

    `rules`: what they say of the message that was asked about; an emergency that they named stays one.
    """
    found = Category(category)
    if found is Category.HUMAN:
        reason = "The patient asked, when offered, for the question to be passed on"
    else:
        reason = "The patient confirmed, when asked, that it is happening now"
    return Concern(found, _tier_of_rules(found, rules), 0, len(text), text, reason, 1.0)


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


def _bar(voiced: Voiced, rank: int, text: str, rules: RuleOutcome, thresholds: Thresholds) -> float:
    """The probability that makes it a concern without a rule."""
    if voiced.category is Category.HUMAN:
        return max(thresholds.human, SECOND) if rank > 0 else thresholds.human
    urgent = _tier(voiced.category, voiced.urgent, thresholds) == 1
    bar = thresholds.concern_urgent if urgent else thresholds.concern
    if _covered(text, voiced.category, rules):
        bar = max(bar, thresholds.neutralised)
    return max(bar, SECOND) if rank > 0 else bar


def _ruled_bar(match: RuleMatch, thresholds: Thresholds) -> float:
    return thresholds.concern_ruled_urgent if match.tier == 1 else thresholds.concern_ruled


def _is_doubt(voiced: Voiced, text: str, rules: RuleOutcome, thresholds: Thresholds) -> bool:
    if voiced.category is Category.HUMAN or _covered(text, voiced.category, rules):
        return False
    return voiced.probability >= thresholds.concern_doubt


def _covered(text: str, category: Category, rules: RuleOutcome) -> bool:
    harmless = [clause for clause in rules.neutralised if clause.category in (None, category)]
    return sum(clause.end - clause.start for clause in harmless) >= COVERED * len(text)


def _strongest_matches(rules: RuleOutcome) -> dict[Category, RuleMatch]:
    """The most urgent match of each category."""
    strongest: dict[Category, RuleMatch] = {}
    for match in sorted(rules.matches, key=lambda match: match.tier):
        strongest.setdefault(Category(match.category), match)
    return strongest


def _tier_of_rules(category: Category, rules: RuleOutcome) -> int:
    match = _strongest_matches(rules).get(category)
    return match.tier if match is not None else DEFAULT_TIER[category]


def _by_rule(match: RuleMatch) -> Concern:
    return Concern(
        Category(match.category), match.tier, match.start, match.end, match.evidence, match.why, certainty=1.0
    )


def _tier(category: Category, urgent: float, thresholds: Thresholds) -> int:
    """`urgent`: the share of emergencies, where the category has them."""
    if category is Category.SERIOUS_SIDE_EFFECT and urgent >= thresholds.tier_one:
        return 1
    return DEFAULT_TIER[category]


def _classified(voiced: Voiced, thresholds: Thresholds) -> Concern:
    piece, category = voiced.piece, voiced.category
    subject = category.value.removeprefix("concern_").replace("_", " ")
    return Concern(
        category,
        _tier(category, voiced.urgent, thresholds),
        piece.start,
        piece.end,
        piece.text,
        f"{READS_LIKE} {subject} ({voiced.probability:.0%} sure)",
        min(round(voiced.probability, 4), MOST_CERTAIN),
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
