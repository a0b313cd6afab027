"""`python -m bot evaluate`: what counts as right."""

from __future__ import annotations

from typing import Any

from bot.commands.evaluate import Judged, measures
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Reading


def judged(
    asked: tuple[str, ...] = (), concern: str = "none", tier: int | None = None, **reading: Any
) -> Judged:
    """What was wanted, and what reading it gave: topics and concerns by name."""
    found = tuple(Concern(Category(c), 1, 0, 1, "x", "why", 1.0) for c in reading.pop("found", ()))
    wanted = {
        "topics": list(asked),
        "concern": concern,
        "tier": tier,
        "slice": ["short"],
        "also_ok": ["liver"],
    }
    return Judged(wanted, Reading("x", "faq", 0.9, concerns=found, **reading))


def shares(*items: Judged) -> dict[str, tuple[int, int]]:
    return {row.name.strip(): (row.right, row.total) for row in measures(items)}


def test_questions() -> None:
    found = shares(
        judged(("alcohol",), topics=("alcohol",)),
        judged(("alcohol", "sun_sensitivity"), topics=("alcohol",)),
        judged(("alcohol",), topics=("liver",)),
        judged(("alcohol",), topics=("storage",)),
        judged(),
        judged(topics=("storage",)),
    )
    assert found["covered question: a right topic is answered"] == (2, 4)
    assert found["several questions: all answered"] == (0, 1)
    assert found["not covered or small talk: nothing is answered"] == (1, 2)
    # An answer that is also all right is no wrong answer.
    assert found["any plain message: no wrong answer"] == (4, 6)


def test_concerns() -> None:
    mood = Category.MOOD.value
    found = shares(
        judged(concern="concern_suicidal", tier=1, found=("concern_suicidal",)),
        judged(concern="concern_suicidal", tier=1),
        judged(concern=mood, tier=2, found=("concern_suicidal",)),
        judged(concern=mood, tier=2, clarify=mood),
        judged(("alcohol",), topics=("alcohol",), found=(mood,)),
        judged(concern="request_human", tier=3, found=("request_human",)),
    )
    assert found["tier 1 concern recognised"] == (1, 2)
    assert found["tier 2 concern recognised"] == (1, 2)
    assert found["or asked back"] == (3, 4)
    assert found["right category among recognised"] == (1, 2)
    assert found["plain question: no case"] == (0, 1)
    assert found["wish for a person recognised"] == (1, 1)


def test_what_was_not_measured_is_not_shown() -> None:
    assert "tier 1 concern recognised" not in shares(judged(("alcohol",), topics=("alcohol",)))
