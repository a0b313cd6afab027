"""The real words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.replies import Replies, Words

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="session")
def replies() -> Replies:
    return Replies.load(DATA)


@pytest.fixture(scope="session")
def words(replies: Replies) -> Words:
    return replies.words
