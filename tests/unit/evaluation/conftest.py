"""Files made by hand, and a reader that is trained in a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.reader_system import ReaderSystem
from bot.replies import Replies
from bot.safety.rules import RuleBook
from bot.understanding.encoder import SentenceEncoder
from bot.understanding.encoder_graph import build
from bot.understanding.examples import Example
from bot.understanding.model import ReaderModel
from bot.understanding.policy import Thresholds
from bot.understanding.published import published_weights
from bot.understanding.training import train

DATA = Path(__file__).resolve().parents[3] / "data"

Written = Callable[[str, Sequence[Mapping[str, Any]]], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes objects as JSON Lines under a name."""

    def write(name: str, lines: Sequence[Mapping[str, Any]]) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    return write


EXAMPLES = {
    "faq/alcohol": (
        "can i drink wine",
        "is a beer ok",
        "alcohol while on it",
        "a glass of wine",
        "may i drink tonight",
    ),
    "faq/storage": (
        "where do i keep them",
        "in the fridge?",
        "how to store it",
        "can it get hot",
        "which shelf",
    ),
    "concern_mood": (
        "i cry every day",
        "i feel so low",
        "nothing is fun now",
        "i am depressed",
        "so hopeless",
    ),
    "not_in_source": ("does it make hair fall out", "can i wax", "what does it cost", "laser?", "purging"),
    "follow_up": ("why?", "why though", "and how long for?", "how come", "and after that?"),
    "greet": ("hello", "hi there", "good morning", "hey", "good evening"),
}


@pytest.fixture(scope="session")
def small_model() -> ReaderModel:
    """Has learned two topics."""
    examples = [Example(text, (label,)) for label, texts in EXAMPLES.items() for text in texts]
    return train(examples, Thresholds(), SentenceEncoder(build(published_weights())))


@pytest.fixture(scope="session")
def system(small_model: ReaderModel) -> ReaderSystem:
    """A real reader, with real rules and replies."""
    return ReaderSystem(small_model, RuleBook.load(DATA / "safety"), Replies.load(DATA))
