"""How hard a text is to read."""

from __future__ import annotations

from textstat import textstat

from bot.content.citations import strip_ids

HIGHEST_GRADE = 8.0


def reading_grade(text: str) -> float:
    """The Flesch-Kincaid school grade of a text, its citations left out."""
    return float(textstat.flesch_kincaid_grade(strip_ids(text)))
