"""The reviewed rule book: what it finds in a message, and the sentences that it calls harmless.

Rules live in data/safety/*.yml under `concern_rules`; docs/safety/phrase-language.md tells how to write them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bot.safety.categories import TIERS, Category, Tier
from bot.safety.errors import RuleError
from bot.safety.phrases import Found, PhraseBook, Way, parse
from bot.safety.tokens import Token, sentences_of

LEAST_EXAMPLES: Final = 5
ANY_CATEGORY: Final = "any"
NEVER_IN_A_GAP: Final = "never_in_a_gap"
CLAUSE_OPENERS: Final = "clause_openers"

Kind = Literal["concern", "neutraliser"]

_FIELDS: Final = frozenset(
    {"id", "kind", "category", "tier", "explicit", "why", "phrases", "unless", "must_match", "must_not_match"}
)
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Rule:
    """One reviewed rule.

    A concern's `unless` phrases call off a match that they overlap. A neutraliser's call it off anywhere in the
    clause, as do the shared cancellers. `category` is None for a neutraliser of any category, `tier` for all of them.
    Nothing neutralises an `explicit` rule.
    """

    id: str
    file: str
    kind: Kind
    category: Category | None
    tier: Tier | None
    explicit: bool
    why: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]
    must_match: tuple[str, ...]
    must_not_match: tuple[str, ...]


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
    """All rules of a directory, ready to match. Never changes once loaded, so threads may share it."""

    def __init__(
        self, rules: Sequence[Rule], ways: Mapping[str, _RuleWays], cancellers: Sequence[Sequence[Way]],
        never_in_a_gap: Iterable[str], clause_openers: Iterable[str], version: str,
    ) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self.version = version
        self._clause_openers = frozenset(clause_openers)
        stops = tuple(never_in_a_gap)
        self._concerns = _Group([rule for rule in rules if rule.kind == "concern"], ways, (), stops)
        self._neutralisers = _Group([rule for rule in rules if rule.kind == "neutraliser"], ways, cancellers, stops)

    @classmethod
    def load(cls, directory: Path) -> RuleBook:
        """The rules of every `*.yml` in `directory`. `version` names their content.

        Raises:
            RuleError: no rules, or one that is incomplete, doubled or of another shape.
            PhraseError: a phrase that is not in the phrase language.
        """
        files = sorted(directory.glob("*.yml"))
        contents = {path.name: path.read_bytes() for path in files}
        documents = {name: _document(name, content) for name, content in contents.items()}
        shared = _word_sets("words.yml", documents.pop("words.yml", {}))
        cancellers = [
            parse(phrase, shared, file="words.yml", rule_id="cancellers") for phrase in shared.get("cancellers", ())
        ]
        rules: list[Rule] = []
        ways: dict[str, _RuleWays] = {}
        for name, document in documents.items():
            word_sets = {**shared, **_word_sets(name, document)}
            for rule in _rules(name, document):
                if rule.id in ways:
                    raise RuleError(name, rule.id, "there is another rule with this id")
                rules.append(rule)
                ways[rule.id] = _RuleWays(
                    tuple(parse(phrase, word_sets, file=name, rule_id=rule.id) for phrase in rule.phrases),
                    tuple(
                        parse(phrase, word_sets, file=name, rule_id=rule.id, open_ended=True) for phrase in rule.unless
                    ),
                )
        if not rules:
            raise RuleError(str(directory), "", "no concern rules here; point DATA_DIR at the folder with safety/")
        digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:12]
        return cls(rules, ways, cancellers, shared.get(NEVER_IN_A_GAP, ()), shared.get(CLAUSE_OPENERS, ()), digest)

    def match(self, text: str) -> RuleOutcome:
        """Reads `text` sentence by sentence. At most one match a rule and sentence: its first, longest place."""
        matches: list[RuleMatch] = []
        neutralised: list[Neutralised] = []
        for sentence in sentences_of(text):
            hits = self._concerns.hits(sentence)
            harmless = list(self._harmless(sentence))
            kept = [hit for hit in hits if hit.rule.explicit or not any(_covers(clause, hit) for clause in harmless)]
            matches.extend(_rule_match(text, sentence, hit) for hit in _first_of_each(kept))
            neutralised.extend(
                Neutralised(sentence[clause.first].start, sentence[clause.last - 1].end, clause.rule.id,
                            clause.rule.category)
                for clause in harmless
                if not any(_covers(clause, hit) for hit in kept)
            )
        matches.sort(key=lambda match: (match.tier, match.start, -match.end, match.rule_id))
        return RuleOutcome(tuple(matches), tuple(neutralised))

    def _harmless(self, sentence: list[Token]) -> Iterator[_Harmless]:
        """Only the last clause can be harmless: a "but" takes back whatever stands before it."""
        opening = [at for at, token in enumerate(sentence) if token.text in self._clause_openers]
        first = opening[-1] if opening else 0
        seen: set[str] = set()
        for hit in self._neutralisers.hits(sentence[first:]):
            if hit.rule.id not in seen:
                seen.add(hit.rule.id)
                yield _Harmless(hit.rule, first, len(sentence))


@dataclass(frozen=True)
class _RuleWays:
    phrases: tuple[tuple[Way, ...], ...]
    unless: tuple[tuple[Way, ...], ...]


class _Group:
    """Rules of one kind over one phrase book. `cancellers` call every hit of the clause off."""

    def __init__(
        self, rules: Sequence[Rule], ways: Mapping[str, _RuleWays], cancellers: Sequence[Sequence[Way]],
        never_in_a_gap: Sequence[str],
    ) -> None:
        phrases: list[Sequence[Way]] = []
        # What each phrase number is: a rule's own (True), a rule's `unless` (False), or a canceller (None).
        self._owners: list[tuple[Rule | None, bool]] = []
        for rule in rules:
            for own, group in ((True, ways[rule.id].phrases), (False, ways[rule.id].unless)):
                phrases.extend(group)
                self._owners.extend((rule, own) for _ in group)
        phrases.extend(cancellers)
        self._owners.extend((None, False) for _ in cancellers)
        self._book = PhraseBook(phrases, never_in_a_gap)

    def hits(self, clause: list[Token]) -> list[_Hit]:
        """What is found in a clause and not called off, the earliest and longest first."""
        own: list[_Hit] = []
        called_off: list[tuple[Rule | None, Found]] = []
        for found in self._book.find(clause):
            rule, is_own = self._owners[found.phrase]
            if rule is not None and is_own:
                own.append(_Hit(rule, found))
            else:
                called_off.append((rule, found))
        return [hit for hit in own if not any(_calls_off(hit, *other) for other in called_off)]


def _calls_off(hit: _Hit, rule: Rule | None, other: Found) -> bool:
    if hit.rule.kind == "neutraliser":
        # "Fine now": a canceller among the neutraliser's own words is part of what it says.
        inside = hit.found.first <= other.first and other.last <= hit.found.last
        return rule in (None, hit.rule) and not inside
    return rule is hit.rule and other.first < hit.found.last and hit.found.first < other.last


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
    assert rule.category is not None and rule.tier is not None
    return RuleMatch(rule.id, rule.category, rule.tier, start, end, text[start:end], rule.why)


def _document(name: str, content: bytes) -> Mapping[str, Any]:
    try:
        document = yaml.load(content, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(name, "", f"not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise RuleError(name, "", "expected the keys word_sets and concern_rules")
    unknown = set(document) - {"word_sets", "concern_rules"}
    if unknown:
        raise RuleError(name, "", f"unknown key {sorted(map(str, unknown))[0]}")
    return document


def _word_sets(name: str, document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    sets = document.get("word_sets") or {}
    if not isinstance(sets, dict):
        raise RuleError(name, "word_sets", "expected names with their words")
    return {str(key): _lines(name, f"word set {key}", value) for key, value in sets.items()}


def _rules(name: str, document: Mapping[str, Any]) -> Iterator[Rule]:
    entries = document.get("concern_rules") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RuleError(name, "concern_rules", "expected a list of rules")
    for entry in entries:
        yield _rule(name, entry)


def _rule(name: str, entry: Mapping[str, Any]) -> Rule:
    rule_id = str(entry.get("id", ""))
    if not rule_id:
        raise RuleError(name, "", "a rule without id")
    unknown = set(entry) - _FIELDS
    if unknown:
        raise RuleError(name, rule_id, f"unknown field {sorted(map(str, unknown))[0]}")
    kind = entry.get("kind")
    if kind not in ("concern", "neutraliser"):
        raise RuleError(name, rule_id, "kind must be concern or neutraliser")
    concern = kind == "concern"
    tier = entry.get("tier")
    if concern and tier not in TIERS:
        raise RuleError(name, rule_id, "tier must be 1, 2 or 3")
    if not concern and (tier is not None or "explicit" in entry):
        raise RuleError(name, rule_id, "a neutraliser has neither tier nor explicit")
    why = str(entry.get("why", "")).strip()
    if not why or "\n" in why:
        raise RuleError(name, rule_id, "why must be one line for clinicians")
    rule = Rule(
        id=rule_id,
        file=name,
        kind="concern" if concern else "neutraliser",
        category=_category(name, rule_id, entry.get("category"), concern),
        tier=tier,
        explicit=entry.get("explicit", False) is True,
        why=why,
        phrases=_lines(name, rule_id, entry.get("phrases")),
        unless=_lines(name, rule_id, entry.get("unless", "")),
        must_match=_lines(name, rule_id, entry.get("must_match")),
        must_not_match=_lines(name, rule_id, entry.get("must_not_match")),
    )
    if not rule.phrases:
        raise RuleError(name, rule_id, "no phrases")
    if min(len(rule.must_match), len(rule.must_not_match)) < LEAST_EXAMPLES:
        raise RuleError(name, rule_id, f"must_match and must_not_match need {LEAST_EXAMPLES} sentences each")
    return rule


def _category(name: str, rule_id: str, value: object, concern: bool) -> Category | None:
    if value == ANY_CATEGORY and not concern:
        return None
    try:
        return Category(value)
    except ValueError:
        raise RuleError(name, rule_id, f"unknown category {value}") from None


def _lines(name: str, rule_id: str, value: object) -> tuple[str, ...]:
    """One entry a line."""
    if not isinstance(value, str):
        raise RuleError(name, rule_id, "expected a block of lines, one entry a line, after `|`")
    return tuple(line.strip() for line in value.splitlines() if line.strip())
