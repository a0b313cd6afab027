"""Training examples: a message and the labels it carries, the first one leading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.understanding.errors import TrainingDataError
from bot.understanding.quick_yaml import load_yaml


@dataclass(frozen=True)
class Example:
    """`labels` are full intent names (`faq/alcohol`, `concern_mood`); `tier` only where the writer set one.

    `parts`: the sentences and clauses of a longer message, each with labels of its own, in the order written.
    """

    text: str
    labels: tuple[str, ...]
    tier: int | None = None
    parts: tuple[Example, ...] = ()


def make_example(text: str, intent: str, metadata: dict[str, Any] | None = None) -> Example:
    """An example as Rasa's training data gives it.

    `metadata.labels` adds further labels; `metadata.parts` says which sentence carries which.

    Raises:
        TrainingDataError: a part without labels, or one that does not stand in the text.
    """
    notes = metadata or {}
    further = [str(label) for label in notes.get("labels", ())]
    labels = tuple(dict.fromkeys([intent, *further]))
    tier = notes.get("tier")
    parts = tuple(_part(text, part) for part in notes.get("parts", ()))
    return Example(text.strip(), labels, int(tier) if tier is not None else None, parts)


def _part(text: str, part: dict[str, Any]) -> Example:
    """`{labels: [faq/alcohol], text: can I drink}`, with `tier` where it is known."""
    labels, said, tier = part.get("labels"), str(part.get("text", "")).strip(), part.get("tier")
    if not labels or said not in text:
        raise TrainingDataError(
            f"a part of the example {text[:40]!r} lacks labels, or is no part of it: {said[:40]!r}"
        )
    return Example(said, tuple(str(label) for label in labels), int(tier) if tier is not None else None)


def read_examples(directory: Path) -> Iterator[Example]:
    """Every example under a folder of Rasa NLU files, without Rasa.

    Raises:
        TrainingDataError: a file that is not in Rasa's NLU format; the message names it.
    """
    for path in sorted(directory.rglob("*.yml")):
        for block in _blocks(path):
            yield from _block_examples(path, block)


def _blocks(path: Path) -> list[dict[str, Any]]:
    try:
        content = load_yaml(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TrainingDataError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}") from error
    blocks = content.get("nlu", []) if isinstance(content, dict) else None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise TrainingDataError(f"{path}: expected a list of intents with their examples under `nlu:`")
    return blocks


def _block_examples(path: Path, block: dict[str, Any]) -> Iterator[Example]:
    intent, examples = block.get("intent"), block.get("examples")
    if not intent or not examples:
        raise TrainingDataError(f"{path}: a block lacks `intent` or `examples`: add it or remove the block")
    if isinstance(examples, str):
        for line in examples.splitlines():
            if line.startswith("- "):
                yield make_example(line[2:], intent)
        return
    for example in examples:
        if not isinstance(example, dict) or not isinstance(example.get("text"), str):
            raise TrainingDataError(f"{path}: an example of {intent} lacks `text`")
        yield make_example(example["text"], intent, example.get("metadata"))
