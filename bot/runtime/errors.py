"""What can go wrong before and while the assistant runs."""

from __future__ import annotations

from bot.errors import AssistantError


class TrainingFailed(AssistantError):
    """Rasa did not produce a model. The message names its log."""


class StartFailed(AssistantError):
    """A process ended, or stayed silent, while the assistant was starting. The message names its log."""
