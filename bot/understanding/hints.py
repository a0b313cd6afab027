"""The doubts that a conversation has raised so far: a second doubt about one category counts as a concern."""

from __future__ import annotations

from collections.abc import Iterable

from bot.understanding.labels import ASK_TOPIC
from bot.understanding.reading import Reading


def hints_of(readings: Iterable[Reading]) -> tuple[str, ...]:
    """The categories in doubt after these readings, oldest first, each once.

    A doubt that the patient answered with "just in general" is settled: asking twice in general is no concern.
    """
    hints: list[str] = []
    asked: str | None = None
    for reading in readings:
        if asked is not None and reading.intent == ASK_TOPIC and asked in hints:
            hints.remove(asked)
        asked = reading.clarify
        if asked is not None and asked not in hints:
            hints.append(asked)
    return tuple(hints)
