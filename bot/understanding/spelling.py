"""A second spelling of what nobody spells like that: "prengant" read as "pregnant" too, never instead.

Correction corrupts ("kms" is no "ems"): the words as typed are always read as well, and short words are left alone. A
word that neither our messages nor spaCy's vocabulary know is replaced by the nearest one of our messages, if there is
one within a letter or two (optimal string alignment: Damerau 1964; rapidfuzz's implementation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from bot.understanding.language import english_words
from bot.understanding.pieces import words_of_spacy

SHORTEST: Final = 4  # letters; "kms", "sh", "ctb" are words of their own
TWO_SLIPS: Final = 7  # letters from which two slips are forgiven
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True)
class Respelt:
    """`text` with its unknown words replaced. `places`: where each word stood in the original and stands now."""

    text: str
    places: tuple[tuple[int, int, int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of `text` stood in the original; whole words where one was replaced."""
        return self._back(start, False), self._back(end, True)

    def now(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of the original stand in `text`; whole words where one was replaced."""
        return self._forth(start, False), self._forth(end, True)

    def changes(self, start: int, end: int) -> bool:
        """Was a word replaced among the characters `start` to `end` of the original?"""
        return any(old_start < end and start < old_end for old_start, old_end, _, _ in self.places)

    def _forth(self, offset: int, is_end: bool) -> int:
        shift = 0
        for old_start, old_end, new_start, new_end in self.places:
            if old_start < offset < old_end:
                return new_end if is_end else new_start
            if offset <= old_start:
                break
            shift = new_end - old_end
        return offset + shift

    def _back(self, offset: int, is_end: bool) -> int:
        shift = 0
        for old_start, old_end, new_start, new_end in self.places:
            inside = new_start < offset < new_end
            if inside or (offset == new_start and not is_end) or (offset == new_end and is_end):
                return old_end if is_end else old_start
            if offset <= new_start:
                break
            shift = old_end - new_end
        return offset + shift


def respelt(text: str) -> Respelt | None:
    """The text in known words; None where nothing is to be replaced."""
    parts: list[str] = []
    places: list[tuple[int, int, int, int]] = []
    done = length = 0
    for start, end, word in _replacements(text):
        parts += [text[done:start], word]
        length += start - done
        places.append((start, end, length, length + len(word)))
        length += len(word)
        done = end
    if not places:
        return None
    return Respelt("".join([*parts, text[done:]]), tuple(places))


def _replacements(text: str) -> Iterator[tuple[int, int, str]]:
    shouting = text.isupper()
    for match in _WORD.finditer(text):
        word = match[0]
        # A capital inside a sentence begins a name.
        named = word[0].isupper() and match.start() > 0 and not shouting
        if len(word) >= SHORTEST and not named:
            nearest = _nearest(word.lower().replace("’", "'"))
            if nearest is not None:
                yield match.start(), match.end(), nearest


@lru_cache(maxsize=20_000)
def _nearest(word: str) -> str | None:
    """The known word that is meant; None for a known word, and where nothing is near."""
    if any(_is_known(form) for form in (word, word.replace("'", ""), word.removesuffix("'s"))):
        return None
    slips = 2 if len(word) >= TWO_SLIPS else 1
    near = [
        candidate
        for length in range(len(word) - slips, len(word) + slips + 1)
        for candidate, _, _ in process.extract(
            word, _by_length().get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=None
        )
    ]
    # The first letter is rarely the wrong one.
    near = [candidate for candidate in near if candidate[0] == word[0] or OSA.distance(candidate, word) == 1]
    return min(
        near,
        key=lambda candidate: (
            OSA.distance(candidate, word),
            -JaroWinkler.similarity(candidate, word),
            candidate,
        ),
        default=None,
    )


def _is_known(word: str) -> bool:
    return word in english_words() or word in words_of_spacy()


@lru_cache(maxsize=1)
def _by_length() -> dict[int, tuple[str, ...]]:
    lengths: dict[int, list[str]] = {}
    for word in sorted(english_words()):
        if len(word) >= SHORTEST:
            lengths.setdefault(len(word), []).append(word)
    return {length: tuple(words) for length, words in lengths.items()}
