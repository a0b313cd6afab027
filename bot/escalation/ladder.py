"""The ladder of a tier: which duties are paged how long after it began. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.escalation.calendar import OpeningHours, utc


@dataclass(frozen=True)
class Step:
    """Page the people of these duties (or these people) once `delay` has gone by since the ladder began."""

    page: tuple[str, ...]
    delay: timedelta

    @property
    def name(self) -> str:
        return "+".join(self.page)


@dataclass(frozen=True)
class Ladder:
    """The steps of a tier in order of their delays, then `again` every `every`; `every` None: no more after the last.

    With `hours`, delays count open time only, and every page falls into open time. Without: they count all time.
    """

    tier: int
    steps: tuple[Step, ...]
    again: Step | None
    every: timedelta | None
    hours: OpeningHours | None
    lapse_after: timedelta

    def step(self, number: int) -> Step | None:
        """The step of page `number` (1, 2, 3 …), with its own delay; None: there is no such page."""
        if number < 1:
            return None
        if number <= len(self.steps):
            return self.steps[number - 1]
        if not self.steps or self.again is None or self.every is None:
            return None
        return Step(self.again.page, self.steps[-1].delay + (number - len(self.steps)) * self.every)

    def at(self, step: Step, started: datetime) -> datetime | None:
        """When a step of a ladder that began at `started` is due, in UTC; None: its hours never come."""
        if self.hours is None:
            return utc(started) + step.delay
        return self.hours.after(started, step.delay)
