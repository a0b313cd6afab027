"""The share of each label around a text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.encoder import DIMENSIONS, Matrix
from bot.understanding.neighbours import SHARPNESS, Neighbours

LABELS = [("faq/alcohol",), ("faq/alcohol", "faq/liver"), (), ("concern_mood",), ("faq/liver",)]
CONCERNS = ["none", "none", "none", "concern_mood", "none"]


def directions(count: int, seed: int) -> Matrix:
    vectors = np.random.RandomState(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    unit: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


BANK = directions(40, seed=1)
ROWS = [place % len(LABELS) for place in range(len(BANK))]


@pytest.fixture(scope="module")
def neighbours() -> Neighbours:
    return Neighbours.fit(BANK, [LABELS[row] for row in ROWS], [CONCERNS[row] for row in ROWS])


def test_a_text_of_the_bank_is_what_it_is(neighbours: Neighbours) -> None:
    by_label, by_concern = neighbours.shares(BANK[3:4])
    assert dict(zip(neighbours.labels, by_label[0], strict=True))["concern_mood"] > 0.99
    assert dict(zip(neighbours.concerns, by_concern[0], strict=True))["concern_mood"] > 0.99


def test_several_labels_share_a_text_and_one_without_labels_has_none(neighbours: Neighbours) -> None:
    both, nobody = neighbours.shares(BANK[[1, 2]])[0]
    shares = dict(zip(neighbours.labels, both, strict=True))
    assert shares["faq/alcohol"] == pytest.approx(0.5, abs=0.02) == shares["faq/liver"]
    assert max(nobody) < 0.9, "a text of which nobody said what it is speaks for no label"


def test_what_is_nearest_is_named(neighbours: Neighbours) -> None:
    assert neighbours.nearest(BANK[3:4], 3)[0] == "concern_mood"
    assert neighbours.nearest(BANK[2:3], 1) == ("none",), "without labels the concern is named"
    assert len(neighbours.nearest(BANK[:1], 1_000)) == len(BANK)


@settings(deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_shares_are_those_of_exact_arithmetic(seed: int) -> None:
    """Eight bits cost little, wherever a text lies."""
    labels, concerns = [LABELS[row] for row in ROWS], [CONCERNS[row] for row in ROWS]
    text = directions(1, seed) + BANK[seed % len(BANK)]
    text = (text / np.linalg.norm(text)).astype(np.float32)
    found = Neighbours.fit(BANK, labels, concerns)
    weights = np.exp(SHARPNESS * (BANK @ text[0]))
    exact = sum(w for w, concern in zip(weights, concerns, strict=True) if concern == "none") / weights.sum()
    share = dict(zip(found.concerns, found.shares(text)[1][0], strict=True))["none"]
    assert share == pytest.approx(exact, abs=0.1)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(0, 1_000))
def test_shares_sum_to_one_and_no_text_changes_anothers(count: int, seed: int) -> None:
    neighbours = Neighbours.fit(BANK, [LABELS[row] for row in ROWS], [CONCERNS[row] for row in ROWS])
    texts = directions(count, seed)
    by_label, by_concern = neighbours.shares(texts)
    assert np.allclose(by_label.sum(axis=1), 1.0, atol=1e-4) and np.allclose(
        by_concern.sum(axis=1), 1.0, atol=1e-4
    )
    alone = neighbours.shares(texts[:1])[1]
    assert np.allclose(alone, by_concern[:1], atol=1e-5)


def test_laying_out_the_same_texts_gives_the_same_bank() -> None:
    labels, concerns = [LABELS[row] for row in ROWS], [CONCERNS[row] for row in ROWS]
    one, other = (Neighbours.fit(BANK, labels, concerns) for _ in range(2))
    assert (one.graph, one.groups) == (other.graph, other.groups)
    assert np.array_equal(one.directions, other.directions)
