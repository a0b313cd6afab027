"""The language files: whole, reviewed by their own sentences, and true."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.safety.categories import TIERS, Category
from bot.safety.errors import LanguageError, PhraseError
from bot.safety.languages import TIERS_WITH_WORDS, Language, load_languages
from bot.safety.regions import load_regions
from bot.safety.rule_files import Rule
from bot.safety.rules import RuleBook

DATA = Path(__file__).resolve().parents[3] / "data"
LANGUAGES = load_languages(DATA / "languages")
REGIONS = load_regions(DATA / "regions")
BOOKS = {code: RuleBook(language.concerns) for code, language in LANGUAGES.items()}
RULES = [(code, parsed.rule) for code, language in LANGUAGES.items() for parsed in language.concerns.rules]
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES.keys())
EVERY_RULE = pytest.mark.parametrize(("code", "rule"), RULES, ids=[rule.id for _, rule in RULES])


def found_by(code: str, text: str) -> set[str]:
    return {match.rule_id for match in BOOKS[code].match(text).matches}


def test_the_agreed_languages_are_there() -> None:
    assert {"es", "fr", "de", "pt", "it", "pl", "nl", "ar", "zh"} <= set(LANGUAGES)


@EVERY_RULE
def test_must_match(code: str, rule: Rule) -> None:
    missed = [sentence for sentence in rule.must_match if rule.id not in found_by(code, sentence)]
    assert missed == []


@EVERY_RULE
def test_must_not_match_raises_nothing_at_all(code: str, rule: Rule) -> None:
    wrong = [sentence for sentence in rule.must_not_match if found_by(code, sentence)]
    assert wrong == []


@EVERY_RULE
def test_shouting_changes_nothing(code: str, rule: Rule) -> None:
    missed = [s for s in rule.must_match if rule.id not in found_by(code, s.upper().replace("'", "’"))]
    assert missed == []


@EVERY_LANGUAGE
def test_urgent_words_for_every_category_tier_and_region(language: Language) -> None:
    for category, tier, region in product(Category, TIERS, REGIONS.values()):
        text = language.urgent_help(category, tier, region)
        assert not re.search(r"[{}]|  | or ", text)
        assert region.emergency.split(" or ")[0] in text


@EVERY_LANGUAGE
def test_suicidal_words_name_the_crisis_line_and_overdoses_the_poison_line(language: Language) -> None:
    for region in REGIONS.values():
        assert region.crisis[0].number in language.urgent_help(Category.SUICIDAL, 1, region)
        line = region.poison or region.advice
        if line is not None:
            assert line.number in language.urgent_help(Category.SERIOUS_SIDE_EFFECT, 1, region)


@EVERY_LANGUAGE
def test_what_is_said_about_the_medicine_carries_its_facts(language: Language) -> None:
    text = language.urgent_help(Category.PREGNANCY, 1, REGIONS["US"])
    assert set(re.findall(r"\b[AM]\d\d\b", text)) == {"A33", "M33"}


@EVERY_LANGUAGE
def test_the_answer_is_short_and_the_button_fits(language: Language) -> None:
    assert 60 < len(language.answer) < 500 and 0 < len(language.ask_clinic) <= 25


@pytest.fixture
def spanish() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((DATA / "languages" / "es.yml").read_text(encoding="utf-8"))
    return data


def load(folder: Path, data: object, name: str = "es.yml") -> None:
    (folder / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    load_languages(folder)


@pytest.mark.parametrize(
    ("category", "tier"), [(c, t) for c, tiers in TIERS_WITH_WORDS.items() for t in tiers]
)
def test_a_file_that_lacks_words_for_a_category_is_refused(
    tmp_path: Path, spanish: dict[str, Any], category: Category, tier: int
) -> None:
    del spanish["urgent_help"][category.value][tier]
    with pytest.raises(LanguageError, match=f"es.yml: no urgent_help for {category.value} of tier {tier}"):
        load(tmp_path, spanish)


@pytest.mark.parametrize(
    ("category", "tier"), [(c, t) for c, tiers in TIERS_WITH_WORDS.items() for t in tiers]
)
def test_a_file_that_lacks_phrases_for_a_category_is_refused(
    tmp_path: Path, spanish: dict[str, Any], category: Category, tier: int
) -> None:
    kept = [c for c in spanish["concerns"] if (c["category"], c["tier"]) != (category.value, tier)]
    with pytest.raises(LanguageError, match=f"no phrases for {category.value} of tier {tier}"):
        load(tmp_path, {**spanish, "concerns": kept})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"answer": " "}, "answer is empty"),
        ({"extra": "x"}, "exactly these keys"),
        ({"code": "xx"}, "give file and code one name"),
        ({"poison": "{number}"}, "a place that nothing fills"),
        ({"concerns": "x"}, "expected a list"),
        ({"concerns": [{"category": "x"}]}, "unknown category x"),
        ({"concerns": [{"category": "concern_mood", "tier": 1}]}, "there is no tier 1"),
        ({"concerns": [{"category": "concern_mood", "tier": 2, "why": "x"}]}, "unknown field why"),
        ({"concerns": [{"category": "concern_mood", "tier": 2}]}, "no phrases"),
        ({"concerns": [{"category": "concern_mood", "tier": 2, "phrases": "x"}]}, "must_match needs"),
    ],
)
def test_a_faulty_file_is_named(
    tmp_path: Path, spanish: dict[str, Any], change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(LanguageError, match=f"es.yml: .*{problem}"):
        load(tmp_path, {**spanish, **change})


def test_a_phrase_that_cannot_be_read_is_named(tmp_path: Path, spanish: dict[str, Any]) -> None:
    spanish["concerns"][0]["phrases"] = "{nothing} morir"
    with pytest.raises(PhraseError, match="es.yml: es_1_concern_suicidal"):
        load(tmp_path, spanish)


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "es.yml").write_text("code: [", encoding="utf-8")
    with pytest.raises(LanguageError, match="es.yml: not readable as YAML"):
        load_languages(tmp_path)
