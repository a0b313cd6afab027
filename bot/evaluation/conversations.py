"""Whole conversations: is a concern that builds up caught, and when?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from bot.evaluation.gold import NO_CONCERN, GoldConversation
from bot.evaluation.measures import HUMAN, Judged, Share
from bot.evaluation.system import ConversationSystem


@dataclass(frozen=True)
class JudgedConversation:
    """Its turns, each judged after the ones before it."""

    id: str
    turns: tuple[Judged, ...]

    @property
    def first_cue(self) -> int | None:
        """Index of the first turn that people marked with a concern other than the wish for a person."""
        return next((n for n, turn in enumerate(self.turns) if turn.gold.worrying), None)

    @property
    def delay(self) -> int | None:
        """Turns from the first cue to the first case, below 0 when the case came first; None without either."""
        opened = next((n for n, turn in enumerate(self.turns) if _worry(turn)), None)
        return None if opened is None or self.first_cue is None else opened - self.first_cue

    @property
    def right_category(self) -> bool:
        """A case of a category that people marked somewhere in it."""
        wanted = frozenset[str]().union(*(turn.gold.accepted_concerns for turn in self.turns))
        return any(wanted & turn.categories - {HUMAN} for turn in self.turns)


@dataclass(frozen=True)
class Timing:
    """`delays`: how many conversations by their delay in turns. `median` is None when no concern was caught."""

    delays: dict[int, int]
    median: float | None


def judge_conversation(system: ConversationSystem, gold: GoldConversation) -> JudgedConversation:
    """Play a conversation. A case that an earlier turn called for stays open: naming it again is no false alarm."""
    judgements = system.judge_turns([turn.text for turn in gold.turns])
    raised: tuple[str, ...] = ()
    turns = []
    for turn, judgement in zip(gold.turns, judgements, strict=True):
        turns.append(Judged(replace(turn, also_concern=(*turn.also_concern, *raised)), judgement))
        if not turn.plain and turn.concern is not None:
            raised = (*raised, turn.concern)
    return JudgedConversation(gold.id, tuple(turns))


def conversation_shares(items: Sequence[JudgedConversation]) -> list[Share]:
    """What is said of conversations as a whole."""
    worrying = [item for item in items if item.first_cue is not None]
    calm = [item for item in items if all(turn.gold.concern == NO_CONCERN for turn in item.turns)]
    delays = [item.delay for item in worrying]
    rows = [
        Share("concern caught by the end", sum(d is not None for d in delays), len(worrying), 0.98),
        Share("  right category", sum(item.right_category for item in worrying), len(worrying)),
        Share("  at the first cue or before", sum(d is not None and d <= 0 for d in delays), len(worrying)),
        Share(
            "false alarm: conversation without a concern", sum(map(_any_alarm, calm)), len(calm), at_most=True
        ),
        Share(
            "false alarm before the first cue", sum(map(_early_alarm, worrying)), len(worrying), at_most=True
        ),
    ]
    return [row for row in rows if row.total]


def timing(items: Sequence[JudgedConversation]) -> Timing:
    delays = [item.delay for item in items if item.delay is not None]
    return Timing(dict(sorted(Counter(delays).items())), float(median(delays)) if delays else None)


def _worry(turn: Judged) -> bool:
    return bool(turn.categories - {HUMAN})


def _alarm(turn: Judged) -> bool:
    return bool(turn.categories - turn.gold.accepted_concerns)


def _any_alarm(item: JudgedConversation) -> bool:
    return any(map(_alarm, item.turns))


def _early_alarm(item: JudgedConversation) -> bool:
    return any(map(_alarm, item.turns[: item.first_cue]))
