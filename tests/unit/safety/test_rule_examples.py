"""Every sentence that a reviewer wrote beside a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety.rule_files import Rule, read_rule_files
from bot.safety.rules import RuleBook

RULES = Path(__file__).resolve().parents[3] / "data" / "safety"
EVERY_RULE = [parsed.rule for parsed in read_rule_files(RULES).rules]


def found_by(book: RuleBook, text: str) -> set[str]:
    outcome = book.match(text)
    return {match.rule_id for match in outcome.matches} | {clause.rule_id for clause in outcome.neutralised}


@pytest.mark.parametrize(
    ("rule_id", "sentence"), [(rule.id, sentence) for rule in EVERY_RULE for sentence in rule.must_match]
)
def test_must_match(book: RuleBook, rule_id: str, sentence: str) -> None:
    assert rule_id in found_by(book, sentence)


@pytest.mark.parametrize(
    ("rule_id", "sentence"), [(rule.id, sentence) for rule in EVERY_RULE for sentence in rule.must_not_match]
)
def test_must_not_match(book: RuleBook, rule_id: str, sentence: str) -> None:
    assert rule_id not in found_by(book, sentence)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.id)
def test_what_must_match_survives_shouting_and_curly_apostrophes(book: RuleBook, rule: Rule) -> None:
    for sentence in rule.must_match:
        assert rule.id in found_by(book, sentence.upper().replace("'", "’"))
