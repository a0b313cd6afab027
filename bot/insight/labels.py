"""What a reviewer may say about a message, and how that becomes training data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import yaml

from bot.understanding.labels import (
    CONCERNS,
    DOSAGE,
    NOT_IN_SOURCE,
    OUT_OF_SCOPE,
    PERSONAL_DOSE,
    SHARE_UPDATE,
    label_of,
)

OTHERS: Final[Mapping[str, str]] = {
    NOT_IN_SOURCE: "About acne or the treatment, but the sources do not answer it",
    PERSONAL_DOSE: "Asks for a dose of their own",
    SHARE_UPDATE: "Tells how it is going, asks nothing",
    OUT_OF_SCOPE: "Has nothing to do with it",
}
"""Labels beside topics and concerns; a reviewer needs no others."""
MOST_LABELS: Final = 6
_NOT_IN_EXAMPLES: Final = str.maketrans({"[": "(", "]": ")", "{": "(", "}": ")", "|": "/"})
_SPACE: Final = re.compile(r"\s+")


class Labelled(Protocol):
    """A reviewed sample, as far as training data goes."""

    @property
    def text(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def concern(self) -> str | None: ...


def reading_labels(reading: Mapping[str, Any]) -> tuple[str, ...]:
    """What the assistant read a message as, in labels of the training data; empty where it was not sure.

    `reading` is a stored one; empty after deletion.
    """
    topics = [label_of(str(topic)) for topic in reading.get("topics", ())]
    if reading.get("intent") == PERSONAL_DOSE:
        # Its answer is the general one on doses, but that is not what was asked.
        topics = [PERSONAL_DOSE, *(label for label in topics if label != label_of(DOSAGE))]
    further = [label_of(str(topic)) for topic in reading.get("further_topics", ())]
    if topics:
        return tuple(dict.fromkeys([*topics, *further]))[:MOST_LABELS]
    intent = str(reading.get("intent", ""))
    return (intent,) if intent in OTHERS else ()


def allowed(topics: Iterable[str]) -> frozenset[str]:
    """Every label that a reviewer may give beside a concern."""
    return frozenset({*map(label_of, topics), *OTHERS})


def chosen(given: Sequence[str], concern: str, topics: Iterable[str]) -> tuple[tuple[str, ...], str | None]:
    """A form's labels and concern, checked. Raises ValueError for what is no label."""
    known = allowed(topics)
    labels = tuple(dict.fromkeys(given))
    if not set(labels) <= known or len(labels) > MOST_LABELS:
        raise ValueError(f"Choose {MOST_LABELS} labels at most, of those on this page.")
    if concern and concern not in CONCERNS:
        raise ValueError("Choose one of the concerns on this page.")
    return labels, concern or None


def training_data(samples: Iterable[Labelled]) -> str:
    """Reviewed samples in Rasa's NLU format 3.1, as the files under data/nlu have it: one block a leading label.

    A concern leads; further labels stand in the example's metadata. Samples without any label are left out. Brackets,
    braces and bars mean something to Rasa and are written as parentheses and slashes.
    """
    blocks: dict[str, list[dict[str, Any]]] = {}
    for sample in samples:
        labels = [*([sample.concern] if sample.concern else []), *sample.labels]
        text = _SPACE.sub(" ", sample.text.translate(_NOT_IN_EXAMPLES)).strip()
        if not labels or not text:
            continue
        example: dict[str, Any] = {"text": text}
        if len(labels) > 1:
            example["metadata"] = {"labels": labels}
        blocks.setdefault(labels[0], []).append(example)
    nlu = [{"intent": intent, "examples": examples} for intent, examples in sorted(blocks.items())]
    return yaml.safe_dump(
        {"version": "3.1", "nlu": nlu}, sort_keys=False, allow_unicode=True, width=4_000, default_style=None
    )
