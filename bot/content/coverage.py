"""Which answer cites which fact."""

from __future__ import annotations

from dataclasses import dataclass

from bot.content.answers import AnswerBook
from bot.content.citations import cited_ids
from bot.content.facts import Fact, FactBook


@dataclass(frozen=True)
class CoverageRow:
    """A fact and the topics whose answers cite it, sorted; none means that no patient can learn it."""

    fact: Fact
    cited_by: tuple[str, ...]


def coverage(facts: FactBook, answers: AnswerBook) -> tuple[CoverageRow, ...]:
    """One row a fact, in the order of facts.yml."""
    cited = {answer.topic: frozenset(cited_ids(answer.text)) for answer in answers}
    return tuple(
        CoverageRow(fact, tuple(sorted(topic for topic, ids in cited.items() if fact.id in ids)))
        for fact in facts
    )
