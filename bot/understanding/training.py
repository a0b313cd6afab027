"""From training examples to a ReaderModel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from bot.understanding.errors import TrainingDataError
from bot.understanding.examples import Example
from bot.understanding.features import features
from bot.understanding.labels import CONCERNS
from bot.understanding.linear import LinearHead, fit
from bot.understanding.model import ReaderModel
from bot.understanding.policy import Thresholds

NO_CONCERN: Final = "none"
TIER_ONE: Final = "@1"
INTENT_PENALTY: Final = 1.0
CONCERN_PENALTY: Final = 1.0
LEAST_EXAMPLES: Final = 5
_TIERED: Final = "concern_serious_side_effect"


def train(examples: Sequence[Example], thresholds: Thresholds) -> ReaderModel:
    """Learn both heads. Encodes each example once; deterministic.

    Raises:
        TrainingDataError: a label with fewer than five examples, or an empty example.
    """
    _check(examples)
    rows = features([example.text for example in examples])
    return ReaderModel(
        intents=_fit_intents(rows, examples), concerns=_fit_concerns(rows, examples), thresholds=thresholds
    )


def concern_target(example: Example) -> str:
    """The concern head's class: a category, `none`, or the emergency half of serious side effects."""
    for label in CONCERNS:
        if label in example.labels:
            return label + TIER_ONE if label == _TIERED and example.tier == 1 else label
    return NO_CONCERN


def _fit_intents(rows: Any, examples: Sequence[Example]) -> LinearHead:
    picked: list[int] = []
    targets: list[str] = []
    weights: list[float] = []
    for index, example in enumerate(examples):
        for label in example.labels:
            picked.append(index)
            targets.append(label)
            weights.append(1.0 / len(example.labels))
    return fit(rows[picked], targets, weights, INTENT_PENALTY, balanced=False)


def _fit_concerns(rows: Any, examples: Sequence[Example]) -> LinearHead:
    targets = [concern_target(example) for example in examples]
    return fit(rows, targets, [1.0] * len(targets), CONCERN_PENALTY, balanced=False)


def _check(examples: Sequence[Example]) -> None:
    for example in examples:
        if not example.text:
            raise TrainingDataError(f"an example of {example.labels[0]} is empty: remove it from data/nlu")
    for label, count in Counter(label for example in examples for label in example.labels).items():
        if count < LEAST_EXAMPLES:
            raise TrainingDataError(f"{label} has {count} training examples: write at least {LEAST_EXAMPLES}")
