"""The reviewed rule files: read, checked, and handed over as rules.

Rules live in data/safety/*.yml under `concern_rules`; docs/safety/phrase-language.md tells how to write them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bot.safety.categories import TIERS, Category, Tier
from bot.safety.errors import RuleError
from bot.safety.phrases import Way, parse

WORDS_FILE: Final = "words.yml"
LEAST_EXAMPLES: Final = 5
ANY_CATEGORY: Final = "any"
NEVER_IN_A_GAP: Final = "never_in_a_gap"
CLAUSE_OPENERS: Final = "clause_openers"
CANCELLERS: Final = "cancellers"

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
class ParsedRule:
    """A rule and the ways to read each of its phrases, and of its `unless` phrases."""

    rule: Rule
    phrases: tuple[tuple[Way, ...], ...]
    unless: tuple[tuple[Way, ...], ...]


@dataclass(frozen=True)
class RuleFiles:
    """Everything that a directory of rule files holds. `version` names its content."""

    rules: tuple[ParsedRule, ...]
    cancellers: tuple[tuple[Way, ...], ...]
    never_in_a_gap: tuple[str, ...]
    clause_openers: frozenset[str]
    version: str


def read_rule_files(directory: Path) -> RuleFiles:
    """Reads every `*.yml` in `directory`; word sets in words.yml serve all of them.

    Raises:
        RuleError: no rules, or one that is incomplete, doubled or of another shape.
        PhraseError: a phrase that is not in the phrase language.
    """
    contents = {path.name: path.read_bytes() for path in sorted(directory.glob("*.yml"))}
    documents = {name: _document(name, content) for name, content in contents.items()}
    shared = _word_sets(WORDS_FILE, documents.pop(WORDS_FILE, {}))
    rules: dict[str, ParsedRule] = {}
    for name, document in documents.items():
        word_sets = {**shared, **_word_sets(name, document)}
        for rule in _rules(name, document):
            if rule.id in rules:
                raise RuleError(name, rule.id, "there is another rule with this id")
            rules[rule.id] = _parsed(rule, word_sets)
    if not rules:
        raise RuleError(
            str(directory), "", "no concern rules here; point DATA_DIR at the folder that holds safety/"
        )
    return RuleFiles(
        rules=tuple(rules.values()),
        cancellers=tuple(
            parse(phrase, shared, file=WORDS_FILE, rule_id=CANCELLERS)
            for phrase in shared.get(CANCELLERS, ())
        ),
        never_in_a_gap=shared.get(NEVER_IN_A_GAP, ()),
        clause_openers=frozenset(shared.get(CLAUSE_OPENERS, ())),
        version=hashlib.sha256(b"".join(contents.values())).hexdigest()[:12],
    )


def _parsed(rule: Rule, word_sets: Mapping[str, tuple[str, ...]]) -> ParsedRule:
    def ways(phrases: tuple[str, ...], *, open_ended: bool = False) -> tuple[tuple[Way, ...], ...]:
        return tuple(
            parse(phrase, word_sets, file=rule.file, rule_id=rule.id, open_ended=open_ended)
            for phrase in phrases
        )

    return ParsedRule(rule, ways(rule.phrases), ways(rule.unless, open_ended=True))


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
