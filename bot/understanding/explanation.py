"""Why did this page me? A concern, explained in plain words for the clinician who reads the case.

Pure. An explanation quotes nothing: it holds places in the message, rules, figures and subjects, so that it may stay in
a case's trail after the patient has had the conversation deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.safety.rules import RuleBook, RuleMatch, RuleOutcome
from bot.safety.screening import Concern
from bot.understanding.labels import CONCERNS, REQUEST_HUMAN, is_topic, topic_of
from bot.understanding.policy import Thresholds
from bot.understanding.scores import PieceScores
from bot.understanding.training import NO_CONCERN, TIER_ONE
from bot.understanding.worry import ADDS, EXPLICIT, NEIGHBOURS

if TYPE_CHECKING:
    from bot.understanding.reading import Context

READS_LIKE: Final = "Reads like the training messages on:"  # opens the reason of what the classifier found
MOST_OTHERS: Final = 3
WORTH_NAMING: Final = 0.02
_SUBJECTS: Final[Mapping[str, str]] = {
    "concern_suicidal": "suicide or self-harm",
    "concern_mood": "low or changed mood",
    "concern_pregnancy": "possible pregnancy",
    "concern_serious_side_effect": "a serious side effect",
    "request_human": "wants a person",
    "none": "no concern",
    "not_in_source": "a question that the sources do not answer",
    "out_of_scope": "something unrelated",
    "share_update": "news of the treatment",
    "personal_dose": "a question on the writer's own dose",
    "follow_up": "a question that leans on the one before it",
}


@dataclass(frozen=True)
class Words:
    """A rule or neutraliser whose words stand in the message from `start` to `end`; `about` says what it is."""

    rule_id: str
    about: str
    start: int
    end: int


@dataclass(frozen=True)
class Other:
    """Another way to read the same words."""

    subject: str
    probability: float


@dataclass(frozen=True)
class Explanation:
    """Why one concern was raised. `start` and `end`: the words of the message that carried it."""

    category: str
    summary: str
    start: int
    end: int
    certainty: float
    classifier: float | None = None
    """What the classifier alone gives for this concern in those words, from 0 to 1."""
    rules: tuple[Words, ...] = ()
    others: tuple[Other, ...] = ()
    """What else the classifier thought of those words, likeliest first."""
    nearest: tuple[str, ...] = ()
    """What the training messages nearest in meaning were about, nearest first."""
    context: tuple[str, ...] = ()
    """What the conversation added, a sentence each."""
    neutralisers: tuple[Words, ...] = ()
    """What could have called it harmless, and why that did not count."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives the same explanation back."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Explanation:
        """Raises KeyError, TypeError or ValueError for anything that `to_dict` did not write."""
        values = dict(data)
        for key, kind in (("rules", Words), ("neutralisers", Words), ("others", Other)):
            values[key] = tuple(kind(**item) for item in values.get(key, ()))
        for key in ("nearest", "context"):
            values[key] = tuple(str(item) for item in values.get(key, ()))
        return cls(**values)


def explain(
    concern: Concern,
    scores: Sequence[PieceScores],
    outcome: RuleOutcome,
    book: RuleBook,
    thresholds: Thresholds,
    context: Context,
    nearest: Sequence[str],
) -> Explanation:
    """Explain a concern that reading a message gave.

    `scores`: the whole message first. `nearest`: labels of the training messages that are most like the words that
    carried it.
    """
    category = concern.category.value
    ruled = [match for match in outcome.matches if match.category is concern.category]
    # A certain concern without a rule is a yes: its own words say nothing.
    carried = _carried(concern, scores) if ruled or concern.certainty < 1.0 else None
    return Explanation(
        category=category,
        summary=_summary(concern, ruled, whole=carried is None or carried.piece.whole),
        start=concern.start,
        end=concern.end,
        certainty=concern.certainty,
        classifier=round(carried.share(category), 4) if carried is not None else None,
        rules=tuple(Words(match.rule_id, match.why, match.start, match.end) for match in ruled),
        others=_others(carried, category) if carried is not None else (),
        nearest=tuple(subject_of(label) for label in nearest),
        context=tuple(_context(category, context)),
        neutralisers=(*_elsewhere(concern, outcome, book, thresholds), *_not_heeded(concern, scores, book)),
    )


def percent(probability: float) -> str:
    """A figure that never claims certainty."""
    if probability > 0.99:
        return "more than 99%"
    return "less than 1%" if probability < 0.01 else f"{probability:.0%}"


def subject_of(label: str) -> str:
    """A label of the training messages in plain words."""
    label = label.removesuffix(TIER_ONE)
    if is_topic(label):
        return topic_of(label).replace("_", " ")
    return _SUBJECTS.get(label, label.replace("_", " "))


def _carried(concern: Concern, scores: Sequence[PieceScores]) -> PieceScores | None:
    """The shortest piece of the message that holds the words of the concern."""
    holding = [s for s in scores if s.piece.start <= concern.start and concern.end <= s.piece.end]
    return min(holding, key=lambda scored: scored.piece.end - scored.piece.start, default=None)


def _summary(concern: Concern, ruled: Sequence[RuleMatch], *, whole: bool) -> str:
    if ruled:
        also = f" {len(ruled)} reviewed rules matched in all." if len(ruled) > 1 else ""
        return f"A reviewed rule matched: {concern.reason}{also}"
    if concern.reason.startswith(READS_LIKE):
        where = "the message" if whole else "one sentence of the message"
        subject = _SUBJECTS[concern.category.value]
        return f"No rule matched. The classifier is {percent(concern.certainty)} sure that {where} speaks of {subject}."
    return f"{concern.reason}."


def _others(scored: PieceScores, category: str) -> tuple[Other, ...]:
    shares = {name: scored.share(name) for name in (*CONCERNS, NO_CONCERN) if name != category}
    shares[NO_CONCERN] = scored.concerns[NO_CONCERN]
    plain = {label: p for label, p in scored.intents.items() if label not in CONCERNS}
    likeliest = max(plain, key=plain.__getitem__, default=None)
    if likeliest is not None:
        shares[likeliest] = plain[likeliest]
    ranked = sorted((name for name in shares if shares[name] >= WORTH_NAMING), key=lambda name: -shares[name])
    return tuple(Other(subject_of(name), round(shares[name], 4)) for name in ranked[:MOST_OTHERS])


def _context(category: str, context: Context) -> Iterator[str]:
    group = NEIGHBOURS.get(category, frozenset({category}))
    if context.pending_clarification == category:
        yield "The assistant had just asked whether this is happening now."
    if context.offered_clinic and category == REQUEST_HUMAN:
        yield "The assistant had just offered to pass the question to the clinic."
    if group & set(context.hints):
        yield "An earlier message had raised a doubt about this, and the patient was asked."
    shares = [sum(worry.get(name, 0.0) for name in group) for worry in context.worries]
    if any(share >= EXPLICIT for share in shares):
        yield "An earlier message had opened a case on this or on something close to it."
    weaker = sum(ADDS <= share < EXPLICIT for share in shares)
    if weaker:
        yield f"{weaker} earlier message{'s' if weaker > 1 else ''} spoke of it too, less clearly."
    if context.last_topics:
        yield f"It follows an answer about {context.last_topics[0].replace('_', ' ')}."


def _elsewhere(
    concern: Concern, outcome: RuleOutcome, book: RuleBook, thresholds: Thresholds
) -> Iterator[Words]:
    """Neutralisers that were heeded, and did not keep this concern from being raised."""
    for heeded in outcome.neutralised:
        if heeded.category not in (None, concern.category):
            continue
        if concern.start < heeded.end and heeded.start < concern.end:
            why = f"It did not count: {thresholds.neutralised:.0%} certainty outweighs it."
            if concern.certainty < thresholds.neutralised:
                why = "It did not count: it covers a part of the message, and the whole weighs more."
        else:
            why = "It did not count: it covers other words of the message."
        yield Words(heeded.rule_id, f"{book.rules[heeded.rule_id].why} {why}", heeded.start, heeded.end)


def _not_heeded(concern: Concern, scores: Sequence[PieceScores], book: RuleBook) -> Iterator[Words]:
    if not scores:
        return
    for unheeded in book.unheeded(scores[0].piece.text, concern.start, concern.end):
        rule = book.rules[unheeded.rule_id]
        if rule.category not in (None, concern.category):
            continue
        if unheeded.taken_back is not None:
            why = "It did not count: other words of the sentence take it back."
        else:
            why = "It did not count: nothing neutralises the words beside it."
        yield Words(unheeded.rule_id, f"{rule.why} {why}", unheeded.start, unheeded.end)
