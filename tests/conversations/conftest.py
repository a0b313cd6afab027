"""Conversation files are tests: one for each `*.yml` below this folder."""

from __future__ import annotations

from tests.support.live import patient, stack

__all__ = ["patient", "stack"]
