"""A piece of text as numbers: what it means (dense) and how it is spelled (character n-grams).

The embedding carries meaning; character n-grams inside word boundaries keep typos and short keyword queries
close to their clean form (docs/decisions: the pipeline was chosen on a measured trial). The n-grams are hashed,
so there is no vocabulary to store and nothing to unpickle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from bot.understanding.encoder import DIMENSIONS, shared_encoder

DENSE_SCALE: Final = 16.0  # logistic regression has one penalty for both blocks: this balances them
SPARSE_SCALE: Final = 8.0
BUCKETS: Final = 2**14
WIDTH: Final = DIMENSIONS + BUCKETS

_hashing: Final = HashingVectorizer(
    analyzer="char_wb",
    ngram_range=(1, 4),
    n_features=BUCKETS,
    lowercase=True,
    norm="l2",
    alternate_sign=False,
)


def features(texts: Sequence[str]) -> Any:
    """A scipy CSR matrix of shape (len(texts), WIDTH): embedding first, then n-gram buckets."""
    dense = shared_encoder().encode(texts) * DENSE_SCALE
    spelled = _hashing.transform(texts).astype(np.float32) * SPARSE_SCALE
    return sparse.hstack([sparse.csr_matrix(dense), spelled], format="csr")
