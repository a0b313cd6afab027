"""The words that help at once: by category and tier, with the help lines of the patient's country."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.safety.categories import Category
from bot.safety.errors import UrgentHelpError
from bot.safety.regions import Line, Region

WORDS_FILE: Final = Path(__file__).resolve().parents[2] / "data" / "urgent_help.yml"


def urgent_help(category: Category | str, tier: int, region: Region) -> str:
    """What to do now and whom to call; fact ids like [A30] are left in.

    A tier that a category has no words for gets the most urgent ones it has. Never says that anybody was told.

    Raises:
        UrgentHelpError: no words for the category, or a template that cannot be filled.
    """
    words = _words()
    by_tier: Mapping[int, str] = words["urgent_help"].get(Category(category).value) or {}
    if not by_tier:
        raise UrgentHelpError(f"{WORDS_FILE.name}: no words for {category}; add them for its tier")
    return _filled(by_tier.get(tier) or by_tier[min(by_tier)], region)


def not_monitored(region: Region) -> str:
    """That nobody watches the chat, and whom to call in an emergency."""
    return _filled(_words()["not_monitored"], region)


def _filled(template: str, region: Region) -> str:
    words = _words()
    places = {
        "emergency": region.emergency,
        "crisis": " or ".join(line.sentence_part for line in region.crisis),
        # Where the public has no poison line, its advice line answers such calls (NHS 111).
        "poison": _line(words["poison"], region.poison or region.advice),
        "advice": _line(words["advice"], region.advice),
    }
    try:
        return template.format(**places).strip()
    except (KeyError, IndexError) as error:
        raise UrgentHelpError(f"{WORDS_FILE.name}: a place that nothing fills: {error}") from error


def _line(template: str, line: Line | None) -> str:
    return template.format(line=line.sentence_part) if line else ""


@lru_cache(maxsize=1)
def _words() -> Any:
    return yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
