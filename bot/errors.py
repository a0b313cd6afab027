"""The root of the project's errors: what an operator reads as one line instead of a traceback."""

from __future__ import annotations


class AssistantError(Exception):
    """Something that the operator can mend. The message is one line and says what to do."""


class SettingError(AssistantError):
    """A setting that is missing or wrong: its name, what is wrong with it (never its secret), and the fix."""

    def __init__(self, setting: str, problem: str, fix: str) -> None:
        super().__init__(f"{setting}: {problem}. {fix}")
        self.setting = setting
        self.problem = problem
        self.fix = fix
