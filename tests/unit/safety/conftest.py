"""The reviewed rule book, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety.rules import RuleBook

RULES = Path(__file__).resolve().parents[3] / "data" / "safety"


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return RuleBook.load(RULES)
