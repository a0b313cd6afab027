"""What the commands work with, loaded once."""

from __future__ import annotations

import pytest

from bot.commands.understanding import Understanding
from bot.settings import Settings


@pytest.fixture(scope="session")
def understanding() -> Understanding:
    return Understanding(Settings.from_env())
