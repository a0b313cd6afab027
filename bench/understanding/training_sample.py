"""The training messages of a run: all, or so many that every label still has enough."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from bot.understanding.examples import Example
from bot.understanding.training import LEAST_EXAMPLES


def sample(examples: Sequence[Example], size: int | None, seed: int = 0) -> list[Example]:
    """`size` examples, more where a label needs them; the same for the same seed, in the order given."""
    if size is None or size >= len(examples):
        return list(examples)
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)
    missing = {label: min(LEAST_EXAMPLES, count) for label, count in _labels(examples).items()}
    chosen: set[int] = set()
    for index in order:
        labels = set(examples[index].labels)
        if any(missing[label] > 0 for label in labels):
            chosen.add(index)
            missing.update({label: missing[label] - 1 for label in labels})
    for index in order:
        if len(chosen) >= size:
            break
        chosen.add(index)
    return [examples[index] for index in sorted(chosen)]


def _labels(examples: Sequence[Example]) -> Counter[str]:
    return Counter(label for example in examples for label in set(example.labels))
