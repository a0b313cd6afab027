"""How a text is spelled: its character and word n-grams, hashed, so that there is no vocabulary to store.

The same buckets as scikit-learn's HashingVectorizer (`char_wb` 2 to 5, and words 1 to 3; murmur3), which takes longer
over a short message than the encoder over a short sentence: here the n-grams of each word are hashed once and kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.utils import murmurhash3_32

CHARACTERS: Final = range(2, 6)  # characters in an n-gram, inside a word with a space on each side
WORDS: Final = range(1, 4)  # words in an n-gram
CHARACTER_BUCKETS: Final = 2**16
WORD_BUCKETS: Final = 2**15
BUCKETS: Final = CHARACTER_BUCKETS + WORD_BUCKETS
"""Those of character n-grams, then those of word n-grams."""

_WORD: Final = re.compile(r"\b\w+'?\w*")
_KEPT: Final = 50_000  # words and runs of words


@dataclass(frozen=True)
class Counts:
    """How often each text has each bucket: one entry each, by text and then by bucket."""

    texts: npt.NDArray[np.int64]
    buckets: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]


def count(texts: Sequence[str]) -> Counts:
    """The n-grams of some texts. `texts` of the result are their places."""
    keys = [_buckets(text) + place * BUCKETS for place, text in enumerate(texts)]
    every = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
    found, times = np.unique(every, return_counts=True)
    return Counts(found // BUCKETS, found % BUCKETS, times)


def _buckets(text: str) -> npt.NDArray[np.int64]:
    lowered = text.lower()
    found: list[int] = []
    for word in lowered.split():
        found.extend(_of_word(word))
    words = _WORD.findall(lowered)
    for size in WORDS:
        runs = zip(*(words[start:] for start in range(size)), strict=False)
        found.extend(CHARACTER_BUCKETS + _of_run(" ".join(run)) for run in runs)
    return np.array(found, dtype=np.int64)


@lru_cache(maxsize=_KEPT)
def _of_word(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(
        _bucket(padded[start : start + size], CHARACTER_BUCKETS)
        for size in CHARACTERS
        for start in range(len(padded) - size + 1)
    )


@lru_cache(maxsize=_KEPT)
def _of_run(words: str) -> int:
    return _bucket(words, WORD_BUCKETS)


def _bucket(gram: str, buckets: int) -> int:
    # The one number without an absolute value in 32 bits gets scikit-learn's bucket, too.
    hashed: int = murmurhash3_32(gram.encode("utf-8"))
    return abs(hashed) % buckets if hashed != -(2**31) else (2**31 - 1 - (buckets - 1)) % buckets
