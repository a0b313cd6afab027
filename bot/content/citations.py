"""Fact ids in texts: finding them, taking them out, and numbering them for the reader.

Texts are stored with raw ids ("Never double up [M15]."); only what a patient sees carries numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.content.facts import FactBook

_ID = r"[A-Z]\d{2,3}"
CITATION = re.compile(rf"\[\s*({_ID}(?:\s*,\s*{_ID})*)\s*\]")
_CITATION_WITH_SPACE = re.compile(rf"[ \t]*{CITATION.pattern}")


@dataclass(frozen=True)
class Citation:
    """One numbered reference: the fact's id, its source's title and the section it stands under."""

    number: int
    fact: str
    source: str
    section: str


@dataclass(frozen=True)
class Rendered:
    """A text with numbers for ids, and what the numbers stand for, in their order."""

    text: str
    citations: tuple[Citation, ...]


def cited_ids(text: str) -> tuple[str, ...]:
    """The distinct fact ids that a text cites, in the order of their first mention."""
    found = (fact_id for match in CITATION.finditer(text) for fact_id in _ids(match))
    return tuple(dict.fromkeys(found))


def strip_ids(text: str) -> str:
    """The text without its citations, as it is read aloud or measured."""
    return _CITATION_WITH_SPACE.sub("", text)


def number_citations(text: str, facts: FactBook) -> Rendered:
    """'Never double up [M15].' -> 'Never double up [1].' and what 1 stands for.

    A fact keeps its number through the whole text. Stored messages outlive the facts they cite, so an id
    that the book no longer holds is left out rather than refused (the content checker refuses it in answers).
    """
    citations: dict[str, Citation] = {}
    for fact_id in cited_ids(text):
        fact = facts.get(fact_id)
        if fact is not None:
            citations[fact_id] = Citation(len(citations) + 1, fact_id, fact.source.title, fact.section)

    def numbered(match: re.Match[str]) -> str:
        numbers = dict.fromkeys(citations[fact_id].number for fact_id in _ids(match) if fact_id in citations)
        space = match.group(0)[: match.group(0).index("[")]
        return f"{space}[{', '.join(map(str, numbers))}]" if numbers else ""

    return Rendered(_CITATION_WITH_SPACE.sub(numbered, text), tuple(citations.values()))


def _ids(match: re.Match[str]) -> list[str]:
    return [part.strip() for part in match.group(1).split(",")]
