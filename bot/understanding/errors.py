"""What can go wrong when messages are read."""

from __future__ import annotations

from bot.errors import AssistantError


class UnderstandingError(AssistantError):
    """Root of this package's errors."""


class ModelMissing(UnderstandingError):
    """No trained model where one is expected. The message names the folder and the fix."""


class TrainingDataError(UnderstandingError):
    """Training examples that cannot be learned from. The message names the file or intent and the fix."""
