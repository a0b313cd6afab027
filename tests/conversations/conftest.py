"""Each `*.yml` below this folder is a test; docs/testing.md says how to write one."""

from __future__ import annotations

import pytest

from bot.understanding import Reader
from tests.support.live import patient, stack
from tests.support.stack import Stack

__all__ = ["patient", "stack"]


@pytest.fixture(scope="session")
def reader(stack: Stack) -> Reader:
    """The model that the stack serves."""
    return Reader.load(stack.settings.models_dir)
