"""A long text cut into pieces that a platform takes, at the ends of sentences where it can be. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_SENTENCE_END: Final = re.compile(r"""[.!?]["'”’)\]]*\s+|\n+""")
# Not inside "[1, 2]".
_WORD_END: Final = re.compile(r"(?<!\d,)\s+")
_JOINERS: Final = frozenset("\u200d\ufe0f\ufe0e")


def utf16_length(text: str) -> int:
    """Characters as Telegram counts them: UTF-16 code units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def split_text(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `limit` by `length`, each stripped, none empty; nothing but white space is lost.

    `length` must grow with the text. Pieces end with a sentence, else with a word, else with a whole character.
    """
    pieces = []
    rest = text.strip()
    while length(rest) > limit:
        end = _cut(rest, _longest_start(rest, limit, length))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def _longest_start(text: str, limit: int, length: Callable[[str], int]) -> int:
    """How many characters fit: at least 1."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, room: int) -> int:
    """Where the first piece of at most `room` characters ends."""
    # One more character shows whether a border lies right behind the last one that fits.
    start = text[: room + 1]
    for pattern in (_SENTENCE_END, _WORD_END):
        ends = [len(match.group().rstrip()) + match.start() for match in pattern.finditer(start)]
        ends = [end for end in ends if 0 < end <= room]
        if ends:
            return ends[-1]
    return _whole_character(text, room)


def _whole_character(text: str, room: int) -> int:
    """Not between a letter and its accent, nor inside an emoji that is made of several."""
    end = room
    while end > 1 and end < len(text) and (_continues(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return end if end > 1 or room == 1 else room


def _continues(character: str) -> bool:
    return character in _JOINERS or unicodedata.combining(character) > 0 or "🏻" <= character <= "🏿"
