"""The real content, and the makings of small broken books."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content import Answer, AnswerBook, FactBook
from bot.content.lexicon import Lexicon

DATA = Path(__file__).resolve().parents[3] / "data"

MakeAnswers = Callable[..., AnswerBook]


@pytest.fixture(scope="session")
def facts() -> FactBook:
    return FactBook.load(DATA / "facts.yml")


@pytest.fixture(scope="session")
def answers() -> AnswerBook:
    return AnswerBook.load(DATA / "responses")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.load(DATA / "lexicon.yml")


@pytest.fixture
def few_facts(facts: FactBook) -> Callable[..., FactBook]:
    """A book of only the facts named."""

    def make(*ids: str) -> FactBook:
        return FactBook({fact_id: facts.facts[fact_id] for fact_id in ids}, facts.sources, ())

    return make


@pytest.fixture
def make_answers() -> MakeAnswers:
    """Answers from topic=text; `title` and `nearby` are the same for all."""

    def make(title: str = "Title", nearby: tuple[str, ...] = (), **texts: str) -> AnswerBook:
        return AnswerBook({topic: Answer(topic, text, title, topic, nearby) for topic, text in texts.items()})

    return make
