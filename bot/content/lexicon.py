"""The words that must be backed by a fact: medicines, conditions, and numbers with their units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.content.documents import read_mapping, texts_of
from bot.content.errors import ContentError

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|[%°]")
_RANGE_WORDS = frozenset({"to", "or", "and"})


@dataclass(frozen=True)
class Quantity:
    """A number, with the unit that follows it (its canonical name) or ''."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.unit}".strip()


@dataclass(frozen=True)
class Term:
    """A medicine or condition under all its names."""

    name: str
    spoken: re.Pattern[str]
    evidence: re.Pattern[str]

    def named_in(self, text: str) -> bool:
        return self.spoken.search(text) is not None

    def backed_by(self, text: str) -> bool:
        return self.evidence.search(text) is not None


@dataclass(frozen=True)
class Lexicon:
    medicines: tuple[Term, ...]
    conditions: tuple[Term, ...]
    unit_names: Mapping[str, str]
    number_words: Mapping[str, Decimal]
    not_numbers: re.Pattern[str]

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read lexicon.yml. Raises ContentError naming the entry and the fix."""
        document = read_mapping(path)
        units = _mapping(document, "units", path)
        return cls(
            _terms(document, "medicines", path),
            _terms(document, "conditions", path),
            MappingProxyType(
                {form.lower(): name for name in units for form in texts_of(units, name, f"{path}, units")}
            ),
            MappingProxyType(_numbers(document, path)),
            _any_of(texts_of(document, "not_numbers", str(path))),
        )

    def quantities_in(self, text: str) -> tuple[Quantity, ...]:
        """Every number of a text, in figures or words: '16 to 24 weeks' -> 16 week, 24 week."""
        tokens = self._tokens(text)
        found = []
        for place, token in enumerate(tokens):
            value = self._value(token)
            if value is not None:
                found.append(Quantity(value, self._unit_after(tokens, place)))
        return tuple(found)

    def units_in(self, text: str) -> frozenset[str]:
        """The canonical names of the units that a text mentions, with or without a number."""
        return frozenset(self.unit_names[token] for token in self._tokens(text) if token in self.unit_names)

    def _tokens(self, text: str) -> list[str]:
        return _TOKEN.findall(self.not_numbers.sub(" ", text).lower())

    def _value(self, token: str) -> Decimal | None:
        return Decimal(token) if token[0].isdigit() else self.number_words.get(token)

    def _unit_after(self, tokens: list[str], place: int) -> str:
        """The unit right after a number, or after the number that it forms a range with."""
        rest = tokens[place + 1 : place + 4]
        if rest and rest[0] in _RANGE_WORDS:
            rest = rest[1:] if len(rest) > 1 and self._value(rest[1]) is not None else []
        if rest and self._value(rest[0]) is not None:
            rest = rest[1:]
        return self.unit_names.get(rest[0], "") if rest else ""


def _terms(document: Mapping[str, Any], key: str, path: Path) -> tuple[Term, ...]:
    terms = []
    for name, entry in _mapping(document, key, path).items():
        where = f"{path}, {key}, {name}"
        if not isinstance(entry, dict) or not set(entry) <= {"also", "implied_by"}:
            raise ContentError(
                f"{where}: takes only 'also' and 'implied_by'. Write '{name}: {{}}' when it has none"
            )
        also = texts_of(entry, "also", where) if "also" in entry else ()
        implied_by = texts_of(entry, "implied_by", where) if "implied_by" in entry else ()
        terms.append(Term(name, _any_of((name, *also)), _any_of((name, *also, *implied_by))))
    return tuple(terms)


def _numbers(document: Mapping[str, Any], path: Path) -> dict[str, Decimal]:
    return {word: Decimal(str(value)) for word, value in _mapping(document, "numbers", path).items()}


def _mapping(document: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise ContentError(f"{path}: '{key}' is missing or holds no entries. Add '{key}:' with its entries")
    return value


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases as whole words, in any case, with or without a plural -s."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?:s|es)?(?!\w)", re.IGNORECASE)
