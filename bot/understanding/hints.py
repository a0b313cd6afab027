"""What earlier readings leave for the next message: doubts, worry, the question that it may lean on.

Pure. Nothing that a patient says takes back what was explicit before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.understanding.labels import ASK_TOPIC, FOLLOW_UP
from bot.understanding.reading import Reading
from bot.understanding.worry import EXPLICIT, REACH, Worry

REMEMBERED: Final = 3  # messages for which several topics stay side by side


def hints_of(readings: Iterable[Reading]) -> tuple[str, ...]:
    """The categories in doubt after these readings, oldest first, each once.

    A doubt that the patient answered with "just in general" is settled: asking twice in general is no concern.
    """
    hints: list[str] = []
    asked: str | None = None
    for reading in readings:
        if _settles(reading, asked) and asked in hints:
            hints.remove(asked)
        asked = reading.clarify
        if asked is not None and asked not in hints:
            hints.append(asked)
    return tuple(hints)


def last_question_of(readings: Sequence[Reading]) -> str:
    """The last message that named its subject itself: what "why?" and "and how long for?" lean on."""
    asked = [reading for reading in readings if reading.covered and reading.intent != FOLLOW_UP]
    return asked[-1].text if asked else ""


def choices_of(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The topics of the latest answer that had several: what "the second one" picks from, for a few messages."""
    latest = [reading.topics for reading in readings[-REMEMBERED:] if len(reading.topics) > 1]
    return latest[-1] if latest else ()


def worries_of(readings: Iterable[Reading]) -> tuple[Worry, ...]:
    """The worry of the latest messages, oldest first. "Just in general" settles what was asked about, but no case."""
    worries: list[dict[str, float]] = []
    asked: str | None = None
    for reading in readings:
        if _settles(reading, asked) and asked is not None:
            for worry in worries:
                if worry.get(asked, 0.0) < EXPLICIT:
                    worry.pop(asked, None)
        asked = reading.clarify
        explicit = {concern.category.value: EXPLICIT for concern in reading.concerns}
        worries.append({**reading.worry, **explicit})
    return tuple(worries[-REACH:])


def _settles(reading: Reading, asked: str | None) -> bool:
    return asked is not None and reading.intent == ASK_TOPIC
