"""The reviewed rule book: what it finds in a message, and the clauses that it calls harmless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.safety.categories import Category, Tier
from bot.safety.phrases import Found, PhraseBook, Way
from bot.safety.rule_files import ParsedRule, Rule, RuleFiles, read_rule_files
from bot.safety.tokens import Token, sentences_of


@dataclass(frozen=True)
class RuleMatch:
    """A concern in words that a reviewer has foreseen. `evidence == message[start:end]`."""

    rule_id: str
    category: Category
    tier: Tier
    start: int
    end: int
    evidence: str
    why: str


@dataclass(frozen=True)
class Neutralised:
    """Characters `start` to `end`: harmless as far as `category` goes (None: as far as every category goes)."""

    start: int
    end: int
    rule_id: str
    category: Category | None


@dataclass(frozen=True)
class Unheeded:
    """A neutraliser whose words stand at `start` to `end`, and that did not count.

    `taken_back`: where the words stand that take it back ("but", "anymore"). None: words of concern that nothing
    neutralises stand beside it.
    """

    start: int
    end: int
    rule_id: str
    taken_back: tuple[int, int] | None


@dataclass(frozen=True)
class RuleOutcome:
    """What the rule book says of a message: concerns, the most urgent first, and harmless clauses in order."""

    matches: tuple[RuleMatch, ...] = ()
    neutralised: tuple[Neutralised, ...] = ()


@dataclass(frozen=True)
class _Hit:
    rule: Rule
    found: Found


@dataclass(frozen=True)
class _Harmless:
    rule: Rule
    first: int
    last: int


class RuleBook:
    """All rules of a directory, ready to match. Never changes once made, so threads may share it."""

    def __init__(self, files: RuleFiles) -> None:
        self.rules: Mapping[str, Rule] = {parsed.rule.id: parsed.rule for parsed in files.rules}
        self.version = files.version
        self._clause_openers = files.clause_openers
        concerns = [parsed for parsed in files.rules if parsed.rule.kind == "concern"]
        neutralisers = [parsed for parsed in files.rules if parsed.rule.kind == "neutraliser"]
        self._concerns = _Group(concerns, (), files.never_in_a_gap)
        self._neutralisers = _Group(neutralisers, files.cancellers, files.never_in_a_gap)

    @classmethod
    def load(cls, directory: Path) -> RuleBook:
        """The rule book of a directory, as data/safety.

        Raises:
            RuleError: no rules, or one that is incomplete, doubled or of another shape.
            PhraseError: a phrase that is not in the phrase language.
        """
        return cls(read_rule_files(directory))

    def match(self, text: str) -> RuleOutcome:
        """Reads `text` sentence by sentence. At most one match a rule and sentence: its first, longest place."""
        matches: list[RuleMatch] = []
        neutralised: list[Neutralised] = []
        for sentence in sentences_of(text):
            hits = self._concerns.hits(sentence)
            harmless = list(self._harmless(sentence))
            kept = [
                hit
                for hit in hits
                if hit.rule.explicit or not any(_covers(clause, hit) for clause in harmless)
            ]
            matches.extend(_rule_match(text, sentence, hit) for hit in _first_of_each(kept))
            neutralised.extend(
                Neutralised(
                    sentence[clause.first].start,
                    sentence[clause.last - 1].end,
                    clause.rule.id,
                    clause.rule.category,
                )
                for clause in harmless
                if not any(_covers(clause, hit) for hit in kept)
            )
        matches.sort(key=lambda match: (match.tier, match.start, -match.end, match.rule_id))
        return RuleOutcome(tuple(matches), tuple(neutralised))

    def unheeded(self, text: str, start: int, end: int) -> tuple[Unheeded, ...]:
        """The neutralisers in the sentences around `start` to `end` that `match` did not heed.

        For explaining, not for deciding.
        """
        found: list[Unheeded] = []
        for sentence in sentences_of(text):
            if not sentence or sentence[-1].end <= start or end <= sentence[0].start:
                continue
            first = self._last_clause(sentence)
            concerns = self._concerns.hits(sentence)
            harmless = list(self._harmless(sentence))
            seen: set[str] = set()
            for hit, by in self._neutralisers.hits_and_what_calls_them_off(sentence):
                taken_back = (by.first, by.last) if by is not None else None
                if taken_back is None and hit.found.last <= first:
                    taken_back = (first, first + 1)
                overruled = any(
                    clause.rule is hit.rule and _covers(clause, concern)
                    for clause in harmless
                    for concern in concerns
                    if concern.rule.explicit
                )
                if hit.rule.id in seen or not (taken_back or overruled):
                    continue
                seen.add(hit.rule.id)
                found.append(
                    Unheeded(
                        *_span(sentence, hit.found.first, hit.found.last),
                        hit.rule.id,
                        _span(sentence, *taken_back) if taken_back else None,
                    )
                )
        return tuple(found)

    def _last_clause(self, sentence: list[Token]) -> int:
        opening = [at for at, token in enumerate(sentence) if token.text in self._clause_openers]
        return opening[-1] if opening else 0

    def _harmless(self, sentence: list[Token]) -> Iterator[_Harmless]:
        """Only the last clause can be harmless: a "but" takes back whatever stands before it."""
        first = self._last_clause(sentence)
        seen: set[str] = set()
        for hit in self._neutralisers.hits(sentence[first:]):
            if hit.rule.id not in seen:
                seen.add(hit.rule.id)
                yield _Harmless(hit.rule, first, len(sentence))


class _Group:
    """Rules of one kind over one phrase book. `cancellers` call every hit of the clause off."""

    def __init__(
        self, rules: Sequence[ParsedRule], cancellers: Sequence[Sequence[Way]], never_in_a_gap: Sequence[str]
    ) -> None:
        phrases: list[Sequence[Way]] = []
        # Whose phrase each number is, and whether it is one of the rule's own (not an `unless`). None: a canceller.
        self._owners: list[tuple[Rule | None, bool]] = []
        for parsed in rules:
            for own, group in ((True, parsed.phrases), (False, parsed.unless)):
                phrases.extend(group)
                self._owners.extend((parsed.rule, own) for _ in group)
        phrases.extend(cancellers)
        self._owners.extend((None, False) for _ in cancellers)
        self._book = PhraseBook(phrases, never_in_a_gap)

    def hits(self, clause: list[Token]) -> list[_Hit]:
        """What is found in a clause and not called off, the earliest and longest first."""
        return [hit for hit, by in self.hits_and_what_calls_them_off(clause) if by is None]

    def hits_and_what_calls_them_off(self, clause: list[Token]) -> list[tuple[_Hit, Found | None]]:
        """What is found in a clause, each with the words that call it off."""
        own: list[_Hit] = []
        called_off: list[tuple[Rule | None, Found]] = []
        for found in self._book.find(clause):
            rule, is_own = self._owners[found.phrase]
            if rule is not None and is_own:
                own.append(_Hit(rule, found))
            else:
                called_off.append((rule, found))
        return [
            (hit, next((found for rule, found in called_off if _calls_off(hit, rule, found)), None))
            for hit in own
        ]


def _calls_off(hit: _Hit, rule: Rule | None, other: Found) -> bool:
    if hit.rule.kind == "neutraliser":
        # "Fine now": a canceller among the neutraliser's own words is part of what it says.
        inside = hit.found.first <= other.first and other.last <= hit.found.last
        return rule in (None, hit.rule) and not inside
    return rule is hit.rule and other.first < hit.found.last and hit.found.first < other.last


def _span(sentence: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    return sentence[first].start, sentence[last - 1].end


def _covers(clause: _Harmless, hit: _Hit) -> bool:
    category = clause.rule.category
    inside = clause.first <= hit.found.first and hit.found.last <= clause.last
    return inside and (category is None or category is hit.rule.category)


def _first_of_each(hits: Iterable[_Hit]) -> list[_Hit]:
    first: dict[str, _Hit] = {}
    for hit in hits:
        first.setdefault(hit.rule.id, hit)
    return list(first.values())


def _rule_match(text: str, sentence: list[Token], hit: _Hit) -> RuleMatch:
    start, end = sentence[hit.found.first].start, sentence[hit.found.last - 1].end
    rule = hit.rule
    assert rule.category is not None and rule.tier is not None  # as rule_files has checked
    return RuleMatch(rule.id, rule.category, rule.tier, start, end, text[start:end], rule.why)
