"""Questions that mean the same, put together. Pure.

Agglomerative clustering with average linkage on the sentence encoder's vectors: two groups become one while their
wordings are on average at least `ALIKE` near each other. Nothing in it is drawn by chance.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

Matrix = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]
"""Texts -> vectors of length 1, shape (texts, dimensions)."""

ALIKE: Final = 0.525
"""Least average cosine within a group; how it was chosen stands in docs/decisions/0028."""
MOST_VECTORS: Final = 2_000
_BUCKETS: Final = 512
_WORD: Final = re.compile(r"[^\W_]+")


def grouped(vectors: Matrix, alike: float = ALIKE) -> list[list[int]]:
    """The rows that belong together, each group in rising order, the groups by their first row.

    `vectors`: shape (n, dimensions), each row of length 1.
    """
    count = len(vectors)
    if count < 2:
        return [[row] for row in range(count)]
    likeness = np.clip(vectors.astype(np.float64) @ vectors.astype(np.float64).T, -1.0, 1.0)
    upper = np.triu_indices(count, 1)
    # Rounded: the last digits differ between machines, and a tie must not.
    apart = np.round(1.0 - likeness[upper], 6)
    numbers = fcluster(linkage(apart, "average"), 1.0 - alike, "distance")
    groups: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        groups.setdefault(int(number), []).append(row)
    return sorted(groups.values())


def middle_first(vectors: Matrix, rows: Sequence[int]) -> list[int]:
    """A group's rows, those nearest to its middle first: they say best what it is about."""
    members = vectors[list(rows)]
    nearness = np.round(members @ members.mean(axis=0), 6)
    return [rows[place] for place in np.argsort(-nearness, kind="stable")]


def by_words(texts: Sequence[str]) -> Matrix:
    """Vectors by which words a text has, for where no encoder is loaded: only like wordings come together."""
    vectors = np.zeros((len(texts), _BUCKETS), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in set(_WORD.findall(text.lower())) or {""}:
            vectors[row, zlib.crc32(word.encode()) % _BUCKETS] += 1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if len(texts) else vectors


@dataclass
class Vectors:
    """Keeps the vectors of the latest texts in memory. Safe to share between threads."""

    encode: Encode
    most: int = MOST_VECTORS
    _kept: OrderedDict[str, Matrix] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, texts: Sequence[str]) -> Matrix:
        """One row a text. A text that is known is not encoded again."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self.encode(new), strict=True))
        with self._lock:
            for text in dict.fromkeys(texts):
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else self.encode([])
