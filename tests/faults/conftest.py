"""Parts of the live stack are killed; every test leaves it whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.live import patient, stack
from tests.support.stack import Stack

__all__ = ["patient", "stack"]


@pytest.fixture(autouse=True)
def healed(stack: Stack) -> Iterator[None]:
    yield
    stack.wait_until_healed()
