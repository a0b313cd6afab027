"""What can go wrong with a case; the texts are fit for a clinician's eyes."""

from __future__ import annotations


class CaseError(Exception):
    """The root of this package's errors."""


class CaseNotFound(CaseError):
    """There is no such case."""


class TransitionRefused(CaseError):
    """The case is in a state that does not allow this step."""


class AnotherCaseOpen(CaseError):
    """A resolved case cannot be reopened while a newer one on the same concern is unresolved."""
