"""What can be wrong with an account or a password."""

from __future__ import annotations

from bot.errors import AssistantError


class AccountError(AssistantError):
    """An account that cannot be made, found or changed. The message says what to do."""


class PasswordRefused(AccountError):
    """A new password that is too easy to guess or too long."""
