"""When the reader fails, the reviewed rules alone still look for concerns: no message goes unscreened. Pure."""

from __future__ import annotations

from typing import Final

from bot.safety.rules import RuleBook, RuleMatch
from bot.safety.screening import Concern
from bot.understanding.reading import Reading

# No topic, no dialogue: the turn answers this intent with an apology, never with a guess.
UNREAD: Final = "unread"


def rules_only_reading(text: str, rules: RuleBook) -> Reading:
    """The most urgent match of each category as a concern; no topics."""
    strongest: dict[str, RuleMatch] = {}
    for match in rules.match(text).matches:
        strongest.setdefault(match.category.value, match)
    concerns = tuple(
        Concern(
            category=match.category,
            tier=match.tier,
            start=match.start,
            end=match.end,
            evidence=match.evidence,
            reason=f"{match.why} (found by the rules alone: reading the message failed)",
            certainty=1.0,
        )
        for match in strongest.values()
    )
    return Reading(
        text=text,
        intent=concerns[0].category.value if concerns else UNREAD,
        confidence=1.0 if concerns else 0.0,
        topics=(),
        further_topics=(),
        nearby=(),
        concerns=concerns,
        clarify=None,
        detector_version=f"rules-only {rules.version}",
    )
