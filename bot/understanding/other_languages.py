"""A message in another language than English: which one, and whether somebody must be called.

The classifier knows English only. In other languages the reviewed phrases of data/languages look for concerns, and
only in sentences that are not English.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.safety.languages import Language, load_languages
from bot.safety.rules import RuleBook, RuleMatch
from bot.safety.screening import Concern
from bot.understanding.labels import FAQ, OTHER_LANGUAGE, PERSONAL_DOSE
from bot.understanding.language import english_share, language_of, speaks_english, words_of
from bot.understanding.reading import Reading

MOST_ENGLISH: Final = 0.5
"""A sentence or clause with a larger share of English words is never screened for another language."""

_SENTENCE: Final = re.compile(r"[^.!?…。！？؟।\n]+")
_CLAUSE: Final = re.compile(r"[^.!?…。！？؟।\n,;:()，；：、،—–]+")


@dataclass(frozen=True)
class Foreign:
    """`language`: an ISO code, None for an English message. `concerns`: one a category, the most urgent first.

    `also_english`: a part of the message is English, or all of it.
    """

    language: str | None = None
    concerns: tuple[Concern, ...] = ()
    also_english: bool = True


class OtherLanguages:
    """Never changes once made, so threads may share it."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = languages
        self._books = {code: RuleBook(language.concerns) for code, language in languages.items()}
        versions = "".join(language.concerns.version for language in languages.values())
        self.version = hashlib.sha256(versions.encode()).hexdigest()[:12]

    @classmethod
    def load(cls, directory: Path) -> OtherLanguages:
        """Raises LanguageError or PhraseError for a file that cannot be used."""
        return cls(load_languages(directory))

    def read(self, text: str) -> Foreign:
        """Never raises on text."""
        language = language_of(text)
        if language is None and english_share(words_of(text)) == 1.0:
            return Foreign()
        parts = [part for part in _parts(text) if english_share(words_of(part[0])) <= MOST_ENGLISH]
        found = {code: matches for code in self._books if (matches := self._matches(code, parts))}
        if found and language not in found:
            language = _of_phrases(found)
        if language is None:
            return Foreign()
        concerns = _strongest_first(text, found.get(language, ()))
        english = any(speaks_english(clause.group()) for clause in _CLAUSE.finditer(text))
        return Foreign(language, concerns, english)

    def _matches(self, code: str, parts: Sequence[tuple[str, int]]) -> list[RuleMatch]:
        """What this language's phrases find, `start` and `end` counted from the beginning of the message."""
        return [
            replace(match, start=match.start + offset, end=match.end + offset)
            for part, offset in parts
            for match in self._books[code].match(part).matches
            # A phrase made of words that English has too says nothing: "die", "me", "sin".
            if english_share(words_of(match.evidence)) <= MOST_ENGLISH
        ]


def beside_english(reading: Reading, foreign: Foreign) -> Reading:
    """The English reading of a message that is partly in another language, with the concerns of that part."""
    if foreign.language is None:
        return reading
    concerns = _one_a_category((*foreign.concerns, *reading.concerns))
    if concerns:
        lead = concerns[0]
        return replace(
            reading,
            intent=lead.category.value,
            confidence=round(lead.certainty, 4),
            concerns=concerns,
            clarify=None,
            worry={**reading.worry, **_worry(foreign.concerns)},
            language=foreign.language,
        )
    if reading.intent in (FAQ, PERSONAL_DOSE) or reading.clarify is not None:
        return reading
    return replace(reading, intent=OTHER_LANGUAGE, confidence=1.0, language=foreign.language)


def only_foreign(text: str, foreign: Foreign, english_rules: Collection[Concern], version: str) -> Reading:
    """The reading of a message without an English part. The rules for English words count all the same."""
    concerns = _one_a_category((*foreign.concerns, *english_rules))
    return Reading(
        text=text,
        intent=concerns[0].category.value if concerns else OTHER_LANGUAGE,
        confidence=1.0,
        concerns=concerns,
        worry=_worry(concerns),
        language=foreign.language,
        detector_version=version,
    )


def _of_phrases(found: Mapping[str, Sequence[RuleMatch]]) -> str:
    """The language with the longest phrase in a message that was too short to be recognised otherwise."""
    return max(found, key=lambda code: (max(match.end - match.start for match in found[code]), code))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Each sentence; where one holds English words as well, each of its clauses instead."""
    for sentence in _SENTENCE.finditer(text):
        if english_share(words_of(sentence.group())) <= MOST_ENGLISH:
            yield sentence.group(), sentence.start()
        else:
            for clause in _CLAUSE.finditer(sentence.group()):
                yield clause.group(), sentence.start() + clause.start()


def _strongest_first(text: str, matches: Sequence[RuleMatch]) -> tuple[Concern, ...]:
    return _one_a_category(
        [
            Concern(m.category, m.tier, m.start, m.end, text[m.start : m.end], m.why, certainty=1.0)
            for m in matches
        ]
    )


def _worry(concerns: Sequence[Concern]) -> dict[str, float]:
    return {concern.category.value: 1.0 for concern in concerns}


def _one_a_category(concerns: Sequence[Concern]) -> tuple[Concern, ...]:
    """The most urgent of each category, the most urgent first."""
    best: dict[str, Concern] = {}
    for concern in sorted(concerns, key=lambda concern: (concern.tier, -concern.certainty)):
        best.setdefault(concern.category.value, concern)
    return tuple(best.values())
