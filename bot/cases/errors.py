"""What can go wrong with a case; the texts are fit for a clinician's eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.cases.domain import Event


class CaseError(Exception):
    """The root of this package's errors."""


class CaseNotFound(CaseError):
    """There is no such case."""


class TransitionRefused(CaseError):
    """The case is in a state that does not allow this step."""


class AnotherCaseOpen(CaseError):
    """A resolved case cannot be reopened while a newer one on the same concern is unresolved."""


class ClaimedByAnother(CaseError):
    """Somebody else has the case: `name` is how colleagues know them, `since` when they claimed it."""

    def __init__(self, name: str, since: datetime) -> None:
        super().__init__(f"{name} has claimed this case")
        self.name = name
        self.since = since


class NotClaimed(CaseError):
    """There is no claim to release."""


class CaseChanged(CaseError):
    """Something has happened that the page did not show yet when the step was taken.

    `events` are the lines of the trail that are new, `messages` how many messages of the patient are.
    """

    def __init__(self, events: Sequence[Event], messages: int) -> None:
        super().__init__("something has happened since this page was loaded")
        self.events = tuple(events)
        self.messages = messages
