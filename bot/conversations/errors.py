"""What can go wrong with a conversation; the texts are fit for a patient's eyes."""

from __future__ import annotations


class ConversationError(Exception):
    """The root of this package's errors."""


class TextEmpty(ConversationError):
    """Nothing readable was written."""


class TextTooLong(ConversationError):
    """More characters than a message may have."""


class UnknownButton(ConversationError):
    """No message of this conversation ever offered that button."""


class ConversationGone(ConversationError):
    """The conversation does not exist, has been deleted, or its token has expired."""


class Repeated(ConversationError):
    """This event of the provider's has been taken in before: there is nothing to do."""
