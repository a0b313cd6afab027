"""A message as sentences of plain tokens, each of which knows where it stood in the message.

Tokens are lower case, without accents and apostrophes ("Don't" is `dont`), split at hyphens. A number is `#` and
its whole part, rounded down to one of `NUMBERS` unless it is a year (`#39` for 39.8, `#180` for 187, `#2019`).
Where a script puts no spaces between words (Chinese, Japanese, Thai), each character is a token. Emoji stay.
Whatever separates clauses is one token, `,`; quotes are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

FIRST: Final = "^"
LAST: Final = "$"
PAUSE: Final = ","
YEARS: Final = range(1900, 2100)
# The numbers that tokens tell apart: every one up to 60, then steps of 20. Rules ask for no finer thresholds,
# and a rule that asks for "4 or more" stays short.
NUMBERS: Final = (*range(61), *range(80, 1000, 20))

# Characters that may stand inside a word without being part of it: apostrophes, zero-width and combining characters.
_UNSEEN: Final = "'’‘`´ʼ\u00ad\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f\u0300-\u036f"
# Vowel points of Arabic and Hebrew, which few people write, and the dot under Hindi letters, which many leave out.
_POINTS: Final = "\u0591-\u05bd\u05bf\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c"
# The vowel signs of Hindi: part of a word, though no letters.
MARKS: Final = "\u0900-\u0903\u093a\u093b\u093e-\u094f\u0955-\u0957"
UNSPACED: Final = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_PIECE: Final = re.compile(
    rf"""
      (?P<word>   [{UNSPACED}] | [^\W\d_] (?: [{_UNSEEN}{_POINTS}*]* (?![{UNSPACED}])[^\W_] | [{_POINTS}{MARKS}] )* )
    | (?P<number> \d+ (?: [.,]\d+ )? )
    | (?P<face>   [:;=]['’]?-?[()D] )
    | (?P<end>    [.!?…。！？؟।\n\r]+ )
    | (?P<other>  [^\w\s] )
    """,
    re.VERBOSE,
)
_NOT_IN_A_WORD: Final = re.compile(f"[{_UNSEEN}{_POINTS}]")
_PAUSES: Final = frozenset(",;:()[]{}—–|，、；：（）،؛")
# Letters that Unicode does not take apart, and pairs that are written for each other.
_ALIKE: Final = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe",
    "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ँ": "ं",
})  # fmt: skip
_SPACED_DASH: Final = re.compile(r"\s-+\s")


@dataclass(frozen=True)
class Token:
    """`text` in the plain form described above; characters `start` to `end` of the message."""

    text: str
    start: int
    end: int


def sentences_of(message: str) -> list[list[Token]]:
    """The sentences of a message, each with at least one token that is not a pause."""
    dashes = {match.start() + 1 for match in _SPACED_DASH.finditer(message)}
    sentences: list[list[Token]] = []
    sentence: list[Token] = []
    for piece in _PIECE.finditer(message):
        if piece.lastgroup == "end":
            _close(sentence, sentences)
            sentence = []
            continue
        text = PAUSE if piece.start() in dashes else _plain(piece.lastgroup or "", piece.group())
        if text and not (text == PAUSE and (not sentence or sentence[-1].text == PAUSE)):
            sentence.append(Token(text, piece.start(), piece.end()))
    _close(sentence, sentences)
    return sentences


def _close(sentence: list[Token], sentences: list[list[Token]]) -> None:
    if sentence and sentence[-1].text == PAUSE:
        sentence.pop()
    if sentence:
        sentences.append(sentence)


def _plain(kind: str, raw: str) -> str:
    if kind == "word":
        return plain_word(raw)
    if kind == "number":
        number = int(re.split("[.,]", raw)[0][:9])
        return f"#{number if number in YEARS else NUMBERS[bisect_right(NUMBERS, number) - 1]}"
    if kind == "face":
        return raw.replace("’", "").replace("'", "").replace("-", "")
    if raw in _PAUSES:
        return PAUSE
    return raw if unicodedata.category(raw) == "So" else ""


def plain_word(raw: str) -> str:
    """Lower case, without accents and apostrophes."""
    if raw.isascii():
        return raw.replace("'", "").replace("`", "").lower()
    decomposed = _NOT_IN_A_WORD.sub("", unicodedata.normalize("NFKD", raw))
    return decomposed.casefold().translate(_ALIKE)
