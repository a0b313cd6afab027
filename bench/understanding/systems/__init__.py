"""The systems compared. Each is loaded in a process of its own, so nothing is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bot.evaluation.system import System
from bot.understanding.examples import Example


@dataclass(frozen=True)
class TrainingData:
    """`data_dir` holds facts, lexicon and safety rules; `epochs` is for systems that count them."""

    examples: Sequence[Example]
    data_dir: Path
    epochs: int


class Contestant(Protocol):
    """Something that can be trained into a folder and loaded from it in another process."""

    def train(self, data: TrainingData, folder: Path) -> None: ...

    def load(self, folder: Path, data_dir: Path) -> System: ...

    def version(self, folder: Path, data_dir: Path) -> str:
        """What tells one training from another; empty where nothing does."""
        ...


TITLES: Final = {
    "ours": "ours",
    "shipped": "ours, as shipped",
    "rasa": "Rasa's default",
    "spacy": "spaCy + DIET",
    "counts": "counts + logistic regression",
    "keywords": "keyword rules",
}
"""Every system by the name that the command line takes."""

SHIPPED: Final = "shipped"
"""Ours on everything that is in the repository, whatever the others learn from: what a patient's message costs."""

STOCK: Final = "rasa"
"""The one that costs are compared with."""


def contestant(name: str) -> Contestant:
    """Raises KeyError for a name that is not among TITLES."""
    if name in ("ours", SHIPPED):
        from bench.understanding.systems.ours import Ours

        return Ours()
    if name in ("rasa", "spacy"):
        from bench.understanding.systems.rasa_pipelines import RasaPipeline

        return RasaPipeline(name)
    if name == "counts":
        from bench.understanding.systems.counts import Counts

        return Counts()
    if name == "keywords":
        from bench.understanding.systems.keywords import Keywords

        return Keywords()
    raise KeyError(name)
