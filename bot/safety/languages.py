"""Languages other than English: data/languages, one file each.

The assistant answers in English. In these languages it says so, finds the words of a concern and says what to do now.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.safety.categories import TIERS, Category, Tier
from bot.safety.errors import LanguageError
from bot.safety.phrases import parse
from bot.safety.regions import Line, Region
from bot.safety.rule_files import ParsedRule, Rule, RuleFiles
from bot.safety.tokens import UNSPACED, plain_word

LEAST_MATCHING: Final = 3
LEAST_NOT_MATCHING: Final = 2
TIERS_WITH_WORDS: Final[Mapping[Category, tuple[Tier, ...]]] = {
    Category.SUICIDAL: (1,),
    Category.MOOD: (2,),
    Category.PREGNANCY: (1,),
    Category.SERIOUS_SIDE_EFFECT: (1, 2),
    Category.HUMAN: (3,),
}
"""What every file has: urgent words, and phrases that call for them."""

_WHY: Final[Mapping[tuple[Category, Tier], str]] = {
    (Category.SUICIDAL, 1): "Speaks of suicide or self-harm",
    (Category.MOOD, 2): "Says that their mood, or that of somebody close, is low",
    (Category.PREGNANCY, 1): "Is or may be pregnant, or somebody close is",
    (Category.SERIOUS_SIDE_EFFECT, 1): "Tells of signs that may be an emergency",
    (Category.SERIOUS_SIDE_EFFECT, 2): "Tells of a serious side effect",
    (Category.HUMAN, 3): "Asks for a person",
}
_SENTENCES: Final = ("code", "name", "answer", "ask_clinic", "poison", "never_in_a_gap")
_KEYS: Final = frozenset({*_SENTENCES, "urgent_help", "concerns"})
_CONCERN_KEYS: Final = frozenset({"category", "tier", "phrases", "unless", "must_match", "must_not_match"})
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BETWEEN_CHARACTERS: Final = re.compile(f"(?<=[{UNSPACED}])(?=[{UNSPACED}])")


@dataclass(frozen=True)
class Language:
    """`code` is ISO 639-1, `name` the English name.

    `answer` says what the assistant is and that it answers in English only; `ask_clinic` labels a button.
    """

    code: str
    name: str
    answer: str
    ask_clinic: str
    help: Mapping[tuple[Category, Tier], str]
    poison: str
    concerns: RuleFiles

    def urgent_help(self, category: Category | str, tier: int, region: Region) -> str:
        """What to do now and whom to call; fact ids like [A33] are left in. Never says that anybody was told.

        A tier without words of its own gets the most urgent ones of its category.
        """
        found = Category(category)
        tiers = TIERS_WITH_WORDS[found]
        template = self.help[found, next((known for known in tiers if known == tier), tiers[0])]
        poison = region.poison or region.advice
        places = {
            "emergency": region.emergency.replace(" or ", " / "),
            "crisis": " / ".join(_called(line) for line in region.crisis if line.number),
            "poison": self.poison.format(line=_called(poison)) if poison else "",
        }
        return template.format(**places).strip()


def load_languages(directory: Path) -> Mapping[str, Language]:
    """Every language by its code; empty where there is no file.

    Raises:
        LanguageError: a file that lacks a sentence or phrases for a category, or has another shape.
        PhraseError: a phrase that is not in the phrase language.
    """
    languages = [_language(path) for path in sorted(directory.glob("*.yml"))]
    return {language.code: language for language in languages}


def _called(line: Line) -> str:
    return f"{line.number} ({line.name})"


def _language(path: Path) -> Language:
    content = path.read_bytes()
    try:
        data = yaml.load(content, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LanguageError(f"{path.name}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or set(data) != _KEYS:
        raise LanguageError(f"{path.name}: needs exactly these keys: {', '.join(sorted(_KEYS))}")
    for key in _SENTENCES:
        if not isinstance(data[key], str) or not data[key].strip():
            raise LanguageError(f"{path.name}: {key} is empty")
    if data["code"] != path.stem:
        raise LanguageError(f"{path.name}: its code is {data['code']}: give file and code one name")
    concerns = tuple(_concerns(path.name, data))
    missing = [key for key in _WHY if key not in {(rule.rule.category, rule.rule.tier) for rule in concerns}]
    if missing:
        category, tier = missing[0]
        raise LanguageError(f"{path.name}: no phrases for {category.value} of tier {tier}")
    never = tuple(plain_word(word) for word in data["never_in_a_gap"].split())
    version = hashlib.sha256(content).hexdigest()[:12]
    return Language(
        code=data["code"],
        name=data["name"],
        answer=data["answer"].strip(),
        ask_clinic=data["ask_clinic"].strip(),
        help=_help(path.name, data),
        poison=_template(path.name, "poison", data["poison"], {"line"}),
        concerns=RuleFiles(concerns, (), never, frozenset(), version),
    )


def _help(name: str, data: Mapping[str, Any]) -> Mapping[tuple[Category, Tier], str]:
    given = data["urgent_help"] if isinstance(data["urgent_help"], dict) else {}
    words: dict[tuple[Category, Tier], str] = {}
    for category, tier in _WHY:
        text = (given.get(category.value) or {}).get(tier)
        if not isinstance(text, str) or not text.strip():
            raise LanguageError(f"{name}: no urgent_help for {category.value} of tier {tier}")
        words[category, tier] = _template(name, category.value, text, {"emergency", "crisis", "poison"})
    return words


def _template(name: str, where: str, text: str, places: set[str]) -> str:
    try:
        text.format(**dict.fromkeys(places, ""))
    except (KeyError, IndexError, ValueError) as error:
        raise LanguageError(f"{name}: {where}: a place that nothing fills: {error}") from error
    return text


def _concerns(name: str, data: Mapping[str, Any]) -> Iterator[ParsedRule]:
    entries = data["concerns"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LanguageError(f"{name}: concerns: expected a list")
    for number, entry in enumerate(entries, start=1):
        unknown = set(entry) - _CONCERN_KEYS
        if unknown:
            raise LanguageError(f"{name}: concern {number}: unknown field {sorted(map(str, unknown))[0]}")
        yield _parsed(_rule(name, number, entry, data))


def _rule(name: str, number: int, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Rule:
    try:
        category = Category(entry.get("category"))
    except ValueError:
        raise LanguageError(f"{name}: concern {number}: unknown category {entry.get('category')}") from None
    tier = entry.get("tier")
    if tier not in TIERS or (category, tier) not in _WHY:
        raise LanguageError(f"{name}: {category.value}: there is no tier {tier}")
    rule = Rule(
        id=f"{data['code']}_{number}_{category.value}",
        file=name,
        kind="concern",
        category=category,
        tier=tier,
        explicit=True,
        why=f"{_WHY[category, tier]}, in {data['name']}",
        phrases=tuple(map(_plain_phrase, _lines(entry.get("phrases")))),
        unless=tuple(map(_plain_phrase, _lines(entry.get("unless")))),
        must_match=_lines(entry.get("must_match")),
        must_not_match=_lines(entry.get("must_not_match")),
    )
    if not rule.phrases:
        raise LanguageError(f"{name}: {category.value} of tier {tier}: no phrases")
    if len(rule.must_match) < LEAST_MATCHING or len(rule.must_not_match) < LEAST_NOT_MATCHING:
        raise LanguageError(
            f"{name}: {category.value} of tier {tier}: must_match needs {LEAST_MATCHING} sentences, "
            f"must_not_match {LEAST_NOT_MATCHING}"
        )
    return rule


def _parsed(rule: Rule) -> ParsedRule:
    def ways(phrases: Sequence[str], *, open_ended: bool) -> tuple[Any, ...]:
        return tuple(
            parse(phrase, {}, file=rule.file, rule_id=rule.id, open_ended=open_ended) for phrase in phrases
        )

    return ParsedRule(rule, ways(rule.phrases, open_ended=False), ways(rule.unless, open_ended=True))


def _lines(value: object) -> tuple[str, ...]:
    return (
        tuple(line.strip() for line in value.splitlines() if line.strip()) if isinstance(value, str) else ()
    )


def _plain_phrase(phrase: str) -> str:
    """As messages are read: without accents and apostrophes; each Chinese character a word of its own."""
    return _BETWEEN_CHARACTERS.sub(" ", plain_word(phrase))
