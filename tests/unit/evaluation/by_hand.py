"""A message and its judgement in one line."""

from __future__ import annotations

from typing import Any

from bot.evaluation.gold import Gold
from bot.evaluation.measures import Judged, Share, shares
from bot.evaluation.system import FoundConcern, Judgement

MOOD = "concern_mood"
SUICIDAL = "concern_suicidal"
HUMAN = "request_human"


def judged(
    asked: tuple[str, ...] | None = (),
    concern: str | None = "none",
    tier: int | None = None,
    *,
    answered: tuple[str, ...] = (),
    found: tuple[str, ...] = (),
    clarify: str | None = None,
    language: str | None = None,
    slices: tuple[str, ...] = ("short",),
    **gold: Any,
) -> Judged:
    """`asked` and `concern` are the people's, `answered` and `found` the system's; liver is always all right."""
    concerns = tuple(FoundConcern(category, 1 if category == SUICIDAL else 2) for category in found)
    values: dict[str, Any] = {"id": "m", "text": "x", "also_ok": ("liver",), **gold}
    return Judged(
        Gold(topics=asked, concern=concern, tier=tier, slices=slices, **values),
        Judgement(topics=answered, concerns=concerns, clarify=clarify, language=language),
    )


def counted(*items: Judged) -> dict[str, tuple[int, int]]:
    """Each measure of the table as (hits, total)."""
    return counts(shares(items))


def counts(rows: list[Share]) -> dict[str, tuple[int, int]]:
    return {row.name.strip(): (row.hits, row.total) for row in rows}
