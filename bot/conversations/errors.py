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


class ConversationDeleted(ConversationGone):
    """The patient has deleted the conversation; for a clinician's eyes."""


class HeldByAnother(ConversationError):
    """Another clinician holds the conversation; for a clinician's eyes. `name` is theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is writing with this patient")
        self.name = name


class Repeated(ConversationError):
    """This event of the provider's has been taken in before: there is nothing to do."""
