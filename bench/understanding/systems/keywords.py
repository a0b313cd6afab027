"""Keyword rules alone: the reviewed rules for concerns, and words out of the facts for topics. Nothing is learned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bench.understanding.systems import TrainingData
from bot.content import FactBook
from bot.evaluation.system import FoundConcern, Judgement, System
from bot.safety.rules import RuleBook

SHORTEST: Final = 4  # letters of a keyword
MOST_TOPICS: Final = 2  # a word that the facts of more topics use says nothing
MOST_ANSWERED: Final = 3
_WORD: Final = re.compile(r"[a-z']+")


class Keywords:
    def train(self, data: TrainingData, folder: Path) -> None:
        """Nothing to do."""

    def load(self, folder: Path, data_dir: Path) -> System:
        facts = FactBook.load(data_dir / "facts.yml")
        texts: dict[str, list[str]] = {}
        for fact in facts:
            texts.setdefault(fact.topic, [fact.topic.replace("_", " ")]).append(fact.text)
        return KeywordSystem(topic_keywords(texts), RuleBook.load(data_dir / "safety"))

    def version(self, folder: Path, data_dir: Path) -> str:
        return RuleBook.load(data_dir / "safety").version


def words_of(text: str) -> set[str]:
    """Lower case, without a plural s."""
    return {word.removesuffix("'s").removesuffix("s") for word in _WORD.findall(text.lower())}


def topic_keywords(texts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """For each topic the longer words of its texts that few other topics use."""
    words = {topic: set[str]().union(*map(words_of, found)) for topic, found in texts.items()}
    used: dict[str, int] = {}
    for found in words.values():
        for word in found:
            used[word] = used.get(word, 0) + 1
    return {
        topic: frozenset(w for w in found if len(w) >= SHORTEST and used[w] <= MOST_TOPICS)
        for topic, found in words.items()
    }


class KeywordSystem:
    """Answers the topics with the most keywords in the message."""

    def __init__(self, keywords: Mapping[str, frozenset[str]], rules: RuleBook) -> None:
        self._keywords = keywords
        self._rules = rules

    def judge(self, text: str) -> Judgement:
        said = words_of(text)
        hits = {topic: len(said & words) for topic, words in self._keywords.items()}
        most = max(hits.values(), default=0)
        topics = [topic for topic, count in hits.items() if count == most > 0]
        found = {match.category: match.tier for match in reversed(self._rules.match(text).matches)}
        concerns = sorted(
            (FoundConcern(str(c.value), tier) for c, tier in found.items()), key=lambda c: c.tier
        )
        return Judgement(topics=tuple(topics[:MOST_ANSWERED]), concerns=tuple(concerns))
