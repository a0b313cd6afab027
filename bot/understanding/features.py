"""A piece of text as numbers: what it is like (similarity to landmarks) and how it is spelled (n-grams).

The embedding alone cannot tell "can it make you depressed?" from "it has made me depressed": a linear model on it
misses too much. Similarities to `LANDMARKS` training messages (a Nyström approximation of a Gaussian kernel) let the
model bend around such boundaries; character n-grams keep typos and short keyword queries near their clean form; word
n-grams see "since i started". Measured in docs/decisions/0003-features.md.

The n-grams are hashed, so there is no vocabulary to store and nothing to unpickle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from bot.understanding.encoder import Matrix, SentenceEncoder

LANDMARKS: Final = 1500
GAMMA: Final = 2.0  # width of the kernel on embeddings of length 1
KERNEL_SCALE: Final = 16.0  # logistic regression has one penalty for all blocks: the scales balance them
SPELLING_SCALE: Final = 4.0
_SEED: Final = 7
_SMALLEST_EIGENVALUE: Final = 1e-6

_CHARACTERS: Final = HashingVectorizer(
    analyzer="char_wb", ngram_range=(2, 5), n_features=2**16, alternate_sign=False, norm=None
)
_WORDS: Final = HashingVectorizer(
    ngram_range=(1, 3), n_features=2**15, alternate_sign=False, norm=None, token_pattern=r"\b\w+'?\w*"
)
_BLOCKS: Final = (_CHARACTERS, _WORDS)


@dataclass(frozen=True)
class Rows:
    """`embeddings`: (n, 384). `kernel`: similarities, shape (n, landmarks). `spelling`: CSR, (n, known buckets)."""

    embeddings: Matrix
    kernel: Matrix
    spelling: Any

    def picked(self, rows: Sequence[int]) -> Rows:
        """Some of these rows, in that order; a row may come twice."""
        index = np.asarray(rows)
        return Rows(self.embeddings[index], self.kernel[index], self.spelling[index])


@dataclass(frozen=True)
class FeatureSpace:
    """The encoder, and what the training texts fix: the landmarks' embeddings, how rare each n-gram bucket is."""

    encoder: SentenceEncoder
    landmarks: Matrix
    rarity: npt.NDArray[np.float32]
    """Inverse document frequency of each hash bucket; 0 where a single training text or none has it."""

    @classmethod
    def fit(cls, encoder: SentenceEncoder, texts: Sequence[str]) -> FeatureSpace:
        """Deterministic for the same texts in the same order."""
        count = min(LANDMARKS, len(texts))
        picked = np.random.RandomState(_SEED).permutation(len(texts))[:count]
        return cls(
            encoder=encoder,
            landmarks=encoder.encode([texts[index] for index in picked]),
            rarity=np.concatenate([_rarity(block.transform(texts)) for block in _BLOCKS]),
        )

    def rows(self, texts: Sequence[str]) -> Rows:
        """Each text is encoded once."""
        embeddings = self.encoder.encode(texts)
        # For unit vectors |a - b|² = 2 - 2ab.
        kernel = np.exp(-GAMMA * (2.0 - 2.0 * (embeddings @ self.landmarks.T))).astype(np.float32)
        return Rows(embeddings, kernel, self._spelling(texts))

    @cached_property
    def _place(self) -> npt.NDArray[np.int32]:
        """Where each known bucket stands among the columns of `spelling`."""
        return (np.cumsum(self.rarity > 0) - 1).astype(np.int32)

    def _spelling(self, texts: Sequence[str]) -> Any:
        rows, columns, values = [], [], []
        first = 0
        for block in _BLOCKS:
            counts = block.transform(texts)
            buckets = counts.indices + first
            row = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
            value = (1.0 + np.log(counts.data)) * self.rarity[buckets]
            lengths = np.sqrt(np.bincount(row, weights=value**2, minlength=len(texts)))
            known = value > 0
            rows.append(row[known])
            columns.append(self._place[buckets[known]])
            values.append(SPELLING_SCALE * value[known] / lengths[row[known]])
            first += block.n_features
        # One matrix from all blocks at once: scipy's checks cost more than its sums on a short message.
        entries = np.concatenate(values).astype(np.float32)
        places = (np.concatenate(rows), np.concatenate(columns))
        return sparse.csr_matrix((entries, places), shape=(len(texts), int(self._place[-1]) + 1))

    def whitening(self) -> Matrix:
        """Turns similarities into coordinates in which distances mean the kernel's: shape (landmarks, landmarks)."""
        gram = np.exp(-GAMMA * (2.0 - 2.0 * (self.landmarks @ self.landmarks.T).astype(np.float64)))
        values, vectors = np.linalg.eigh(gram)
        inverse_root = vectors / np.sqrt(np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
        whitened: Matrix = (inverse_root * KERNEL_SCALE).astype(np.float32)
        return whitened


def _rarity(counts: Any) -> npt.NDArray[np.float32]:
    texts_with = np.bincount(counts.indices, minlength=counts.shape[1])
    known = texts_with > 1
    inverse = np.log((1.0 + counts.shape[0]) / (1.0 + texts_with)) + 1.0
    result: npt.NDArray[np.float32] = np.where(known, inverse, 0.0).astype(np.float32)
    return result
