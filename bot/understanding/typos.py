"""Misspelt copies of training messages: "how shud i stor the capsels" for "how should I store the capsules?".

Made the way phones and hurry make them: a letter dropped, doubled, swapped with its neighbour or replaced by the key
beside it, vowels left out, words written as they sound.
"""

from __future__ import annotations

import re
from random import Random
from typing import Final

SHORTEST_WORD: Final = 4
SHARE_OF_WORDS: Final = 0.4
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SOUNDS: Final = (
    "you:u are:r your:ur for:4 to:2 and:n what:wat with:w should:shud could:cud would:wud because:cos about:abt "
    "before:b4 right:rite night:nite the:da have:hav please:pls though:tho doctor:dr people:ppl probably:prob"
)
_AS_IT_SOUNDS: Final = {word: sound for word, _, sound in (pair.partition(":") for pair in _SOUNDS.split())}
_WORD: Final = re.compile(r"[A-Za-z']+")


def misspelt(text: str, seed: int) -> str:
    """A copy of `text` with about two words in five misspelt; the same seed gives the same copy."""
    random = Random(seed)
    return _WORD.sub(lambda match: _word(match[0], random), text.lower().rstrip("?.!"))


def _word(word: str, random: Random) -> str:
    if word in _AS_IT_SOUNDS:
        return _AS_IT_SOUNDS[word] if random.random() < SHARE_OF_WORDS else word
    if len(word) < SHORTEST_WORD or random.random() >= SHARE_OF_WORDS:
        return word
    place = random.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    kind = random.randrange(5)
    if kind == 0:
        return before + after
    if kind == 1:
        return before + after[0] + letter + after[1:]
    if kind == 2:
        return before + letter + letter + after
    if kind == 3:
        return before + _neighbour(letter, random) + after
    return word[0] + re.sub("[aeiou]", "", word[1:-1]) + word[-1]


def _neighbour(letter: str, random: Random) -> str:
    for row in _KEYS:
        if letter in row:
            place = row.index(letter)
            return random.choice(row[max(place - 1, 0) : place + 2])
    return letter
