"""What can be wrong with the reviewed safety data. Each message names the file and the place in it."""

from __future__ import annotations

from bot.errors import AssistantError


class SafetyDataError(AssistantError):
    """Root of this package's errors: reviewed data that cannot be used."""


class PhraseError(SafetyDataError):
    """A phrase that is not in the phrase language (docs/safety/phrase-language.md)."""

    def __init__(self, phrase: str, problem: str, *, file: str = "", rule_id: str = "") -> None:
        where = ": ".join(part for part in (file, rule_id) if part)
        super().__init__(f"{where or 'phrase'}: '{phrase}': {problem}")
        self.phrase = phrase
        self.problem = problem
        self.file = file
        self.rule_id = rule_id


class RuleError(SafetyDataError):
    """A rule that is incomplete, or a rule file that has another shape than agreed."""

    def __init__(self, file: str, rule_id: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (file, rule_id, problem) if part))
        self.file = file
        self.rule_id = rule_id
        self.problem = problem


class RegionError(SafetyDataError):
    """A region file that lacks something, or no region for a code and for its fallback."""


class UrgentHelpError(SafetyDataError):
    """No urgent words for a category and tier, or a template that cannot be filled."""


class LanguageError(SafetyDataError):
    """A language file that lacks something; the message names the file and what it lacks."""
