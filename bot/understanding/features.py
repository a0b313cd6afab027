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

from bot.understanding.encoder import Matrix, Passage, SentenceEncoder
from bot.understanding.ngrams import BUCKETS, CHARACTER_BUCKETS, Counts, count

LANDMARKS: Final = 1500
GAMMA: Final = 2.0  # width of the kernel on embeddings of length 1
KERNEL_SCALE: Final = 16.0  # logistic regression has one penalty for all blocks: the scales balance them
SPELLING_SCALE: Final = 4.0
_SEED: Final = 7
_SMALLEST_EIGENVALUE: Final = 1e-6


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
    def learn(
        cls, encoder: SentenceEncoder, texts: Sequence[str], embeddings: Matrix, wholes: Sequence[int]
    ) -> tuple[FeatureSpace, Rows]:
        """The space of some texts, and their rows in it; n-grams are counted once.

        `embeddings`: one row a text. `wholes`: the places of those that are no parts of others, which make the space: a
        text is no rarer for having parts. Deterministic for the same texts in the same order.
        """
        counts = count(texts)
        places = np.asarray(wholes)
        picked = np.random.RandomState(_SEED).permutation(len(places))[:LANDMARKS]
        space = cls(encoder, np.ascontiguousarray(embeddings[places[picked]]), _rarity(counts, places))
        return space, space._rows(embeddings, counts)

    def rows(self, passages: Sequence[Passage]) -> Rows:
        """For each passage one row for its text, then one for each of its spans. Each text is encoded once."""
        embeddings = self.encoder.encode_passages(passages)
        return self._rows(embeddings, count([text for passage in passages for text in _texts(passage)]))

    def _rows(self, embeddings: Matrix, counts: Counts) -> Rows:
        # For unit vectors |a - b|² = 2 - 2ab.
        kernel = np.exp(-GAMMA * (2.0 - 2.0 * (embeddings @ self.landmarks.T))).astype(np.float32)
        return Rows(embeddings, kernel, self._spelling(counts, len(embeddings)))

    @cached_property
    def _place(self) -> npt.NDArray[np.int32]:
        """Where each known bucket stands among the columns of `spelling`."""
        return (np.cumsum(self.rarity > 0) - 1).astype(np.int32)

    def _spelling(self, counts: Counts, texts: int) -> Any:
        known = self.rarity[counts.buckets] > 0
        rows, buckets = counts.texts[known], counts.buckets[known]
        values = (1.0 + np.log(counts.times[known])) * self.rarity[buckets]
        block = 2 * rows + (buckets >= CHARACTER_BUCKETS)  # characters and words have length 1 each
        lengths = np.sqrt(np.bincount(block, weights=values**2))
        entries = (SPELLING_SCALE * values / lengths[block]).astype(np.float32)
        ends = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=texts))])
        shape = (texts, int(self._place[-1]) + 1)
        return sparse.csr_matrix((entries, self._place[buckets], ends), shape=shape)

    def whitening(self) -> Matrix:
        """Turns similarities into coordinates in which distances mean the kernel's: shape (landmarks, landmarks)."""
        gram = np.exp(-GAMMA * (2.0 - 2.0 * (self.landmarks @ self.landmarks.T).astype(np.float64)))
        values, vectors = np.linalg.eigh(gram)
        inverse_root = vectors / np.sqrt(np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
        whitened: Matrix = (inverse_root * KERNEL_SCALE).astype(np.float32)
        return whitened


def _texts(passage: Passage) -> list[str]:
    return [passage.text, *(passage.text[start:end] for start, end in passage.spans)]


def _rarity(counts: Counts, wholes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """`wholes`: the places of those texts that count."""
    texts_with = np.bincount(counts.buckets[np.isin(counts.texts, wholes)], minlength=BUCKETS)
    inverse = np.log((1.0 + len(wholes)) / (1.0 + texts_with)) + 1.0
    result: npt.NDArray[np.float32] = np.where(texts_with > 1, inverse, 0.0).astype(np.float32)
    return result
