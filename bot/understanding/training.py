"""From training examples to a ReaderModel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from bot.understanding.encoder import Matrix
from bot.understanding.errors import TrainingDataError
from bot.understanding.examples import Example
from bot.understanding.features import FeatureSpace, Rows
from bot.understanding.labels import CONCERNS
from bot.understanding.linear import LinearHead, fit
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import pieces_of
from bot.understanding.policy import Thresholds
from bot.understanding.typos import misspelt

NO_CONCERN: Final = "none"
TIER_ONE: Final = "@1"
LEAST_EXAMPLES: Final = 5
LONGEST_MISSPELT: Final = 12  # words
EVIDENCE: Final = 4.0  # weight of an example against the penalty
BALANCE: Final = 0.5  # 0: a label weighs what its examples weigh; 1: every label weighs the same
PART_WEIGHT: Final = 0.5  # a part says less than a message
_TIERED: Final = "concern_serious_side_effect"


def train(examples: Sequence[Example], thresholds: Thresholds) -> ReaderModel:
    """Learn both heads. Encodes each example once; deterministic.

    Raises:
        TrainingDataError: a label with fewer than five examples, or an empty example.
    """
    _check(examples)
    examples = [*examples, *_misspelt_copies(examples)]
    texts = [example.text for example in examples]
    space = FeatureSpace.fit(texts)
    rows, whitening = space.rows(texts), space.whitening()
    return ReaderModel(
        space=space,
        intents=_fit_intents(rows, whitening, examples),
        concerns=_fit_concerns(space, rows, whitening, examples),
        thresholds=thresholds,
    )


def _misspelt_copies(examples: Sequence[Example]) -> list[Example]:
    """One copy of every short example. Long ones hold enough other words to be known by."""
    return [
        replace(example, text=misspelt(example.text, seed))
        for seed, example in enumerate(examples)
        if len(example.text.split()) <= LONGEST_MISSPELT
    ]


def concern_target(example: Example) -> str:
    """The concern head's class: a category, `none`, or the emergency half of serious side effects."""
    for label in CONCERNS:
        if label in example.labels:
            return label + TIER_ONE if label == _TIERED and example.tier == 1 else label
    return NO_CONCERN


def _fit_intents(rows: Rows, whitening: Matrix, examples: Sequence[Example]) -> LinearHead:
    """An example with several labels counts as a share of each; a label with few examples counts for more."""
    counts = Counter(label for example in examples for label in example.labels)
    typical = median(counts.values())
    shares = [
        (index, label, EVIDENCE * (typical / counts[label]) ** BALANCE / len(example.labels))
        for index, example in enumerate(examples)
        for label in example.labels
    ]
    picked, targets, weights = zip(*shares, strict=True)
    return fit(rows, whitening, picked, targets, weights)


def _fit_concerns(
    space: FeatureSpace, rows: Rows, whitening: Matrix, examples: Sequence[Example]
) -> LinearHead:
    """Every part of a message without concern is without concern too: the head must know single sentences.

    The parts of a message with a concern are left out: nobody said which of them carries it.
    """
    targets = [concern_target(example) for example in examples]
    parts = [
        piece.text
        for example, target in zip(examples, targets, strict=True)
        if target == NO_CONCERN
        for piece in pieces_of(example.text)[1:]
    ]
    weights = [EVIDENCE] * len(targets) + [EVIDENCE * PART_WEIGHT] * len(parts)
    everything = rows.joined(space.rows(parts)) if parts else rows
    targets += [NO_CONCERN] * len(parts)
    return fit(everything, whitening, range(len(targets)), targets, weights)


def _check(examples: Sequence[Example]) -> None:
    for example in examples:
        if not example.text:
            raise TrainingDataError(f"an example of {example.labels[0]} is empty: remove it from data/nlu")
    for label, count in Counter(label for example in examples for label in example.labels).items():
        if count < LEAST_EXAMPLES:
            raise TrainingDataError(f"{label} has {count} training examples: write at least {LEAST_EXAMPLES}")
