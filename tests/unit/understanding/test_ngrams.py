"""Hashed n-grams, against the implementation that they replace."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from bot.understanding.ngrams import BUCKETS, CHARACTER_BUCKETS, WORD_BUCKETS, count

_CHARACTERS = HashingVectorizer(
    analyzer="char_wb", ngram_range=(2, 5), n_features=CHARACTER_BUCKETS, alternate_sign=False, norm=None
)
_WORDS = HashingVectorizer(
    ngram_range=(1, 3),
    n_features=WORD_BUCKETS,
    alternate_sign=False,
    norm=None,
    token_pattern=r"\b\w+'?\w*",
)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
@example(["it's a 2nd test; don't", "", "İ ẞ 😀 a ab"])
def test_the_buckets_are_those_of_scikit_learn(texts: list[str]) -> None:
    wanted = sparse.hstack([_CHARACTERS.transform(texts), _WORDS.transform(texts)]).toarray()
    counts = count(texts)
    found = np.zeros((len(texts), BUCKETS))
    found[counts.texts, counts.buckets] = counts.times
    assert np.array_equal(found, wanted)
    places = counts.texts * BUCKETS + counts.buckets
    assert np.array_equal(places, np.unique(places))
