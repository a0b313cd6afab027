"""What is measured: anything that judges a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FoundConcern:
    """A case that would be opened."""

    category: str
    tier: int


@dataclass(frozen=True)
class Judgement:
    """What a system makes of one message."""

    topics: tuple[str, ...] = ()
    """Topics that it answers; empty: it refuses, or there is nothing to answer."""
    concerns: tuple[FoundConcern, ...] = ()
    """Strongest first; empty: no case."""
    clarify: str | None = None
    """A category in doubt: the patient is asked."""
    language: str | None = None
    """As ISO 639-1, where the system tells languages apart."""
    best_topic: str | None = None
    """The likeliest topic, answered or not, with its probability; None where the system gives no probabilities."""
    topic_probability: float | None = None
    concern_probability: float | None = None
    """That somebody has to be called, whatever the category."""

    @property
    def refused(self) -> bool:
        return not self.topics


class System(Protocol):
    """Judges a message that stands alone."""

    def judge(self, text: str) -> Judgement: ...


class ConversationSystem(Protocol):
    """Judges a conversation: each message after the ones before it."""

    def judge_turns(self, texts: Sequence[str]) -> tuple[Judgement, ...]: ...
