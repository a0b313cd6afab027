"""The frozen sets: scored as a whole, never shown, and each look is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.evaluation.conversations import judge_conversation
from bot.evaluation.gold import GoldError, read_gold
from bot.evaluation.intervals import wilson
from bot.evaluation.languages import by_language, language_shares
from bot.evaluation.measures import Judged, Share
from bot.evaluation.reader_system import ReaderSystem
from bot.evaluation.robustness import Comparison, compare
from bot.evaluation.sets import ConversationSet, MessageSet, judge, shares_dict

PREFIX: Final = "frozen"
RUNS: Final = "frozen_runs.md"
_HEAD: Final = """# Runs of the frozen sets

One line for each time that somebody looked at a score of `frozen*.jsonl`. `python -m bot evaluate --frozen` and
`python -m bench.understanding` write it.

| date | what | model | commit | scores |
|---|---|---|---|---|
"""
_HEADLINE: Final = {
    "  short messages": "short",
    "  long messages": "long",
    "several questions: all answered, up to three": "several",
    "not covered: honest refusal": "refusal",
    "wrong answer, of all messages": "wrong",
    "tier 1 concern recognised": "tier 1",
    "tier 2 concern recognised": "tier 2",
    "false alarm: plain covered question": "alarms plain",
    "false alarm: hard negative": "alarms hard",
    "concern caught by the end": "conversations",
    "other language: concern caught": "languages",
}


@dataclass(frozen=True)
class FrozenResult:
    """Shares only."""

    messages: MessageSet
    robustness: Sequence[Comparison]
    conversations: ConversationSet
    languages: tuple[Judged, ...]

    @property
    def language_rows(self) -> list[Share]:
        return language_shares(self.languages)

    @property
    def headline(self) -> str:
        return headline([*self.messages.rows, *self.conversations.rows[:1], *self.language_rows])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; holds no message and no id of one."""
        comparisons: dict[str, dict[str, Any]] = {}
        for row in self.robustness:
            comparisons.setdefault(row.kind, {})[row.measure] = row.to_dict()
        return {
            "frozen": self.messages.to_dict(secret=True),
            "frozen_pairs": comparisons,
            "frozen_conversations": self.conversations.to_dict(secret=True),
            "frozen_languages": {
                "measures": shares_dict(self.language_rows),
                "by_language": {
                    name: shares_dict(rows) for name, rows in by_language(self.languages).items()
                },
            },
        }


def run_frozen(system: ReaderSystem, folder: Path) -> FrozenResult:
    """Judge the four frozen sets of a folder. Raises GoldError when one is missing or damaged."""
    clean = judge(system.judge_with_probabilities, read_gold(folder / "frozen.jsonl").messages)
    worse = judge(system.judge, read_gold(folder / "frozen_pairs.jsonl").messages)
    conversations = read_gold(folder / "frozen_conversations.jsonl").conversations
    return FrozenResult(
        messages=MessageSet("frozen", clean),
        robustness=compare(clean, worse),
        conversations=ConversationSet(
            "frozen conversations", tuple(judge_conversation(system, gold) for gold in conversations)
        ),
        languages=judge(system.judge, read_gold(folder / "frozen_languages.jsonl").messages),
    )


def headline(rows: Sequence[Share]) -> str:
    """`short 93.1 [91.0–94.8], ...`: in percent, those measures that there are."""
    parts = []
    for row in rows:
        name = _HEADLINE.get(row.name)
        if name is not None:
            interval = wilson(row.hits, row.total)
            parts.append(f"{name} {row.value * 100:.1f} [{interval.low * 100:.1f}–{interval.high * 100:.1f}]")
    return ", ".join(parts)


def record_run(folder: Path, day: date, what: str, model: str, commit: str | None, scores: str) -> None:
    """Add a line to `frozen_runs.md`."""
    log = folder / RUNS
    if not log.exists():
        log.write_text(_HEAD, encoding="utf-8")
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"| {day.isoformat()} | {what} | {model} | {commit or '–'} | {scores} |\n")


def refuse_frozen(path: Path) -> None:
    """Raises GoldError for a frozen file: its misses must not be shown."""
    if path.name.startswith(PREFIX) and path.suffix == ".jsonl":
        raise GoldError(
            f"{path} is frozen: `python -m bot evaluate --frozen` scores it without showing a message"
        )


def headlines(results: Mapping[str, Sequence[Share]]) -> str:
    """Several systems on one line."""
    return "; ".join(f"{name}: {headline(rows)}" for name, rows in results.items())
