"""The fact inventory: what the two sources say, each fact with its id, topic and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.content.documents import list_of, read_mapping, text_of, texts_of
from bot.content.errors import ContentError


@dataclass(frozen=True)
class Source:
    """One of the texts that facts come from; `key` is the letter that its fact ids begin with."""

    key: str
    title: str
    file: str


@dataclass(frozen=True)
class Fact:
    """One statement of one source, e.g. M15; `section` is the heading it stands under there."""

    id: str
    topic: str
    section: str
    text: str
    source: Source


@dataclass(frozen=True)
class Difference:
    """Facts of a topic on which the sources differ, and how an answer must put it."""

    topic: str
    facts: tuple[str, ...]
    rule: str


@dataclass(frozen=True)
class FactBook:
    """Every fact by id, in the order of the file."""

    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    differences: tuple[Difference, ...]

    @classmethod
    def load(cls, path: Path) -> FactBook:
        """Read facts.yml. Raises ContentError naming the entry and the fix."""
        document = read_mapping(path)
        sources = _sources(document, path)
        facts: dict[str, Fact] = {}
        for number, entry in enumerate(list_of(document, "facts", path), start=1):
            fact = _fact(entry, sources, f"{path}, fact {number}")
            if fact.id in facts:
                raise ContentError(f"{path}: the fact id {fact.id} is used twice. Give each fact its own id")
            facts[fact.id] = fact
        differences = tuple(
            _difference(entry, facts, f"{path}, difference {number}")
            for number, entry in enumerate(list_of(document, "differences", path), start=1)
        )
        return cls(MappingProxyType(facts), MappingProxyType(sources), differences)

    @property
    def topics(self) -> tuple[str, ...]:
        """The distinct topics, in the order in which they first appear."""
        return tuple(dict.fromkeys(fact.topic for fact in self))

    def get(self, fact_id: str) -> Fact | None:
        return self.facts.get(fact_id)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts.values())

    def __len__(self) -> int:
        return len(self.facts)

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self.facts


def _sources(document: Mapping[str, Any], path: Path) -> dict[str, Source]:
    entries = document.get("sources")
    if not isinstance(entries, dict) or not entries:
        raise ContentError(f"{path}: 'sources' is missing. Add each source's letter with its title and file")
    return {
        key: Source(
            key,
            text_of(entry, "title", f"{path}, source {key}"),
            text_of(entry, "file", f"{path}, source {key}"),
        )
        for key, entry in entries.items()
    }


def _fact(entry: object, sources: Mapping[str, Source], where: str) -> Fact:
    fact_id = text_of(entry, "id", where)
    source = sources.get(fact_id[0])
    if source is None:
        known = " or ".join(sources)
        raise ContentError(f"{where}: the id {fact_id} names no source. Begin it with {known}")
    return Fact(
        fact_id,
        text_of(entry, "topic", where),
        text_of(entry, "section", where),
        text_of(entry, "fact", where),
        source,
    )


def _difference(entry: object, facts: Mapping[str, Fact], where: str) -> Difference:
    pair = texts_of(entry, "pair", where)
    for fact_id in pair:
        if fact_id not in facts:
            raise ContentError(
                f"{where}: the fact {fact_id} does not exist. Use ids that stand under 'facts'"
            )
    return Difference(text_of(entry, "topic", where), pair, text_of(entry, "rule", where))
