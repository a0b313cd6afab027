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

from bot.understanding.encoder import Matrix, shared_encoder

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
    """`kernel`: similarities, shape (n, landmarks). `spelling`: CSR, shape (n, known buckets)."""

    kernel: Matrix
    spelling: Any

    def joined(self, more: Rows) -> Rows:
        """These rows and `more` below them."""
        return Rows(
            np.concatenate([self.kernel, more.kernel]),
            sparse.vstack([self.spelling, more.spelling], format="csr"),
        )


@dataclass(frozen=True)
class FeatureSpace:
    """What the training texts fix: the landmarks' embeddings and how rare each n-gram bucket is."""

    landmarks: Matrix
    rarity: npt.NDArray[np.float32]
    """Inverse document frequency of each hash bucket; 0 where a single training text or none has it."""

    @classmethod
    def fit(cls, texts: Sequence[str]) -> FeatureSpace:
        """Deterministic for the same texts in the same order."""
        count = min(LANDMARKS, len(texts))
        picked = np.random.RandomState(_SEED).permutation(len(texts))[:count]
        return cls(
            landmarks=shared_encoder().encode([texts[index] for index in picked]),
            rarity=np.concatenate([_rarity(block.transform(texts)) for block in _BLOCKS]),
        )

    def rows(self, texts: Sequence[str]) -> Rows:
        """Each text is encoded once."""
        embeddings = shared_encoder().encode(texts)
        # For unit vectors |a - b|² = 2 - 2ab.
        kernel = np.exp(-GAMMA * (2.0 - 2.0 * (embeddings @ self.landmarks.T))).astype(np.float32)
        return Rows(kernel, self._spelling(texts))

    @cached_property
    def _place(self) -> npt.NDArray[np.int32]:
        """Where each known bucket stands among the columns of `spelling`."""
        return (np.cumsum(self.rarity > 0) - 1).astype(np.int32)

    def _spelling(self, texts: Sequence[str]) -> Any:
        width = int(self._place[-1]) + 1
        total: Any = sparse.csr_matrix((len(texts), width), dtype=np.float32)
        first = 0
        for block in _BLOCKS:
            counts = block.transform(texts).tocsr()
            buckets = counts.indices + first
            values = (1.0 + np.log(counts.data)) * self.rarity[buckets]
            weighted = sparse.csr_matrix(
                (values.astype(np.float32), self._place[buckets], counts.indptr), shape=(len(texts), width)
            )
            # Unknown buckets weigh nothing but were given some known bucket's place: take them out.
            weighted.eliminate_zeros()
            norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
            scale = (SPELLING_SCALE / np.maximum(norms, 1e-9)).astype(np.float32)
            total = total + sparse.diags(scale) @ weighted
            first += block.n_features
        return total.tocsr()

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
