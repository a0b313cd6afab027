"""The clinic's escalation policy: who is paged for a case of each tier, and when. Pure.

docs/escalation.md explains the file that it is loaded from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bot.errors import AssistantError
from bot.escalation.calendar import Holidays, OpeningHours, utc
from bot.escalation.ladder import Ladder
from bot.escalation.rota import Roster, Rotation

TIERS: Final = (1, 2, 3)
Kind = Literal["mail", "sms", "call", "chat", "push", "pager"]


@dataclass(frozen=True)
class Problem:
    """What is wrong in a policy file: at which place, in which line (0: none), and how to mend it."""

    place: str
    line: int
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.place}: {self.text}" if self.place else f"{where}{self.text}"


class PolicyError(AssistantError):
    """A policy that cannot be used. The message has one line for the file and one for each problem."""

    def __init__(self, file: Path, problems: tuple[Problem, ...]) -> None:
        number = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join((f"{file}: {number}", *(f"  {problem}" for problem in problems))))
        self.file = file
        self.problems = problems


@dataclass(frozen=True)
class Address:
    """Where a page is sent. `url` is an Apprise URL with its secrets filled in: never show it, never log it.

    `tiers` are those of the cases that it is used for; `label` is what people read ("work mail").
    """

    url: str = field(repr=False)
    kind: Kind
    label: str
    tiers: frozenset[int] = frozenset(TIERS)


@dataclass(frozen=True)
class Person:
    """Somebody who can be paged. `email` is their account at the care desk, `time_zone` theirs if not the clinic's."""

    id: str
    name: str
    email: str | None
    addresses: tuple[Address, ...]
    time_zone: str | None

    def ways(self, tier: int) -> tuple[tuple[int, Address], ...]:
        """The addresses for a case of this tier, each with its index in `addresses`."""
        return tuple((index, found) for index, found in enumerate(self.addresses) if tier in found.tiers)


@dataclass(frozen=True)
class PlannedPage:
    """One page of a ladder: `number` is 1, 2, 3 … in order of time, `at` is UTC, `step` names the duties paged.

    `person_ids` are those on duty at that moment; empty: nobody is.
    """

    number: int
    at: datetime
    step: str
    person_ids: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A policy that was checked. `zone` is the clinic's; `lapse_after` is how long an acknowledgement without action
    counts, `lapse_for` says it for a tier; with `show_category` pages may name the category of the case."""

    zone: ZoneInfo
    people: Mapping[str, Person]
    roster: Roster
    rotations: Mapping[str, Rotation]
    hours: Mapping[str, OpeningHours]
    holidays: Holidays
    ladders: Mapping[int, Ladder]
    lapse_after: timedelta
    show_category: bool
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, path: Path, environment: Mapping[str, str]) -> Policy:
        """Read and check a policy file; `${NAME}` in addresses is filled in from `environment`.

        Raises:
            PolicyError: everything that is wrong with it, each with its place.
        """
        from bot.escalation.policy_file import read_policy

        return read_policy(path, environment)

    def plan(self, tier: int, started: datetime) -> Iterator[PlannedPage]:
        """The pages of a ladder that began at `started`, in order of time; without end where it repeats.

        Raises:
            ValueError: no such tier, or `started` without a time zone.
        """
        self.ladder(tier)
        started = utc(started)
        for number in count(1):
            page = self._page(tier, started, number)
            if page is None:
                return
            yield page

    def page_after(self, tier: int, started: datetime, number: int) -> PlannedPage | None:
        """The page that follows page `number` (0: the first); None: that was the last."""
        return self._page(tier, utc(started), number + 1)

    def pages_due(self, tier: int, started: datetime, number: int, now: datetime) -> tuple[PlannedPage, ...]:
        """The pages after page `number` whose time has come by `now`."""
        due: list[PlannedPage] = []
        for following in count(number + 1):
            page = self._page(tier, utc(started), following)
            if page is None or page.at > utc(now):
                break
            due.append(page)
        return tuple(due)

    def on_duty(self, name: str, at: datetime) -> tuple[str, ...]:
        """The ids of those who have a duty at a moment; empty: nobody has."""
        return self.roster.on_duty(name, at)

    def ladder(self, tier: int) -> Ladder:
        """The ladder of a tier.

        Raises:
            ValueError: no such tier.
        """
        if tier not in self.ladders:
            raise ValueError(f"there is no tier {tier}")
        return self.ladders[tier]

    def lapse_for(self, tier: int) -> timedelta:
        """How long an acknowledgement of a case of this tier counts without action."""
        return self.ladder(tier).lapse_after

    def _page(self, tier: int, started: datetime, number: int) -> PlannedPage | None:
        ladder = self.ladder(tier)
        step = ladder.step(number)
        at = ladder.at(step, started) if step is not None else None
        if step is None or at is None:
            return None
        return PlannedPage(number, at, step.name, self.roster.together(step.page, at))
