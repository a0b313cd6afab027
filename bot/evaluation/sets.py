"""A set of messages or conversations, judged and summed up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.calibration import Point, concern_points, reliability, topic_points
from bot.evaluation.conversations import JudgedConversation, conversation_shares, timing
from bot.evaluation.gold import Gold
from bot.evaluation.measures import Judged, Share, as_wanted, by_slice, shares
from bot.evaluation.system import Judgement

SMALLEST_SLICE = 5
"""Messages that a slice needs to be worth a table of its own."""


@dataclass(frozen=True)
class MessageSet:
    """Single messages under one name."""

    name: str
    items: tuple[Judged, ...]

    @property
    def title(self) -> str:
        return f"{self.name}, {len(self.items)} messages"

    @property
    def rows(self) -> list[Share]:
        return shares(self.items)

    def to_dict(self, *, secret: bool) -> dict[str, Any]:
        """JSON-ready. `secret`: without what would show single messages."""
        data: dict[str, Any] = {
            "messages": len(self.items),
            "measures": shares_dict(self.rows),
            "slices": {
                name: shares_dict(rows)
                for name, rows in by_slice(self.items).items()
                if sum(name in item.gold.slices for item in self.items) >= SMALLEST_SLICE
            },
            "reliability": {
                name: reliability(points).to_dict()
                for name, points in reliability_points(self.items).items()
                if points
            },
        }
        if not secret:
            data["misses"] = [miss(item) for item in self.items if not as_wanted(item)]
        return data


@dataclass(frozen=True)
class ConversationSet:
    """Conversations under one name."""

    name: str
    items: tuple[JudgedConversation, ...]

    @property
    def turns(self) -> list[Judged]:
        return [turn for item in self.items for turn in item.turns]

    @property
    def title(self) -> str:
        return f"{self.name}, {len(self.items)} conversations, {len(self.turns)} turns"

    @property
    def rows(self) -> list[Share]:
        return [*conversation_shares(self.items), *shares(self.turns)]

    def to_dict(self, *, secret: bool) -> dict[str, Any]:
        when = timing(self.items)
        data: dict[str, Any] = {
            "conversations": len(self.items),
            "turns": len(self.turns),
            "measures": shares_dict(self.rows),
            "turns_from_first_cue_to_case": {
                "median": when.median,
                "conversations": {str(delay): count for delay, count in when.delays.items()},
            },
        }
        if not secret:
            data["misses"] = [miss(turn) for turn in self.turns if not as_wanted(turn)]
        return data


def judge(judge_one: Callable[[str], Judgement], messages: Sequence[Gold]) -> tuple[Judged, ...]:
    return tuple(Judged(gold, judge_one(gold.text)) for gold in messages)


def reliability_points(items: Sequence[Judged]) -> dict[str, list[Point]]:
    return {"topic": topic_points(items), "concern": concern_points(items)}


def shares_dict(rows: Sequence[Share]) -> dict[str, dict[str, Any]]:
    return {row.name.strip(): row.to_dict() for row in rows}


def miss(item: Judged) -> dict[str, Any]:
    gold, judgement = item.gold, item.judgement
    return {
        "id": gold.id,
        "text": gold.text,
        "wanted": {"topics": gold.topics, "concern": gold.concern},
        "got": {"topics": judgement.topics, "concerns": [concern.category for concern in judgement.concerns]},
        "asked_back_about": judgement.clarify,
    }
