"""Who is on duty: people who take turns, shifts, absences and overrides. Pure; times in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from bot.escalation.calendar import DAY, Holidays, Span, instant, utc

People = tuple[str, ...]
"""Ids of people; nobody twice, but in a rotation."""


@dataclass(frozen=True)
class Rotation:
    """People who take turns: each has it for `every` days, handed over at `minute` o'clock of the zone.

    `first` is the day on which the first of them takes over. It only fixes whose turn it is: turns go back in time too.
    """

    name: str
    people: People
    first: date
    every: int
    minute: int
    zone: ZoneInfo

    def order(self, at: datetime) -> People:
        """All of them, beginning with the one whose turn it is."""
        day = at.astimezone(self.zone).date() + timedelta(days=1)
        while instant(day, self.minute, self.zone) > at:
            day -= timedelta(days=1)
        turn = (day - self.first).days // self.every % len(self.people)
        return self.people[turn:] + self.people[:turn]

    def changes(self, day: date) -> datetime | None:
        """When the turn is handed over on a day, if it is."""
        return instant(day, self.minute, self.zone) if (day - self.first).days % self.every == 0 else None


WHOLE_DAY: Final = Span(0, DAY)


@dataclass(frozen=True)
class Turn:
    """Somebody of a rotation: at `place` 0 whose turn it is, at 1 who comes next. Those who are away do not count."""

    rotation: Rotation
    place: int = 0


Team = People | Turn
"""Either all of these people, or one of a rotation."""


class OnHolidays(str, Enum):
    """What becomes of a shift that begins on a holiday."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    ONLY = "only"


@dataclass(frozen=True)
class Shift:
    """A team on the weekdays (0 is Monday) on which the span begins."""

    team: Team
    weekdays: frozenset[int]
    span: Span
    on_holidays: OnHolidays = OnHolidays.INCLUDED

    def worked(self, weekday: int, holiday: bool) -> bool:
        """Does it begin on such a day?"""
        if weekday not in self.weekdays:
            return False
        return self.on_holidays is OnHolidays.INCLUDED or holiday == (self.on_holidays is OnHolidays.ONLY)


@dataclass(frozen=True)
class Duty:
    """A role that somebody holds at any time. `otherwise` holds it where no shift brings anybody."""

    name: str
    zone: ZoneInfo
    shifts: tuple[Shift, ...]
    otherwise: Team = ()

    def teams(self, at: datetime, holidays: Holidays) -> tuple[Team, ...]:
        """The teams of the shifts that are under way."""
        # The day after counts too: clocks that are put back over midnight show the old day again.
        today = at.astimezone(self.zone).date()
        found = []
        for shift in self.shifts:
            for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
                start, end = shift.span.on(day, self.zone)
                if start <= at < end and shift.worked(day.weekday(), holidays.name(day) is not None):
                    found.append(shift.team)
        return tuple(found)

    def rotations(self) -> tuple[Rotation, ...]:
        """The rotations that its teams are."""
        teams = (*(shift.team for shift in self.shifts), self.otherwise)
        return tuple(team.rotation for team in teams if isinstance(team, Turn))


@dataclass(frozen=True)
class Absence:
    """Somebody is away from `start` until just before `end`; `instead` takes what would be theirs."""

    person: str
    start: datetime
    end: datetime
    instead: str | None = None


@dataclass(frozen=True)
class Override:
    """These people have a duty from `start` until just before `end`, whoever would have it."""

    duty: str
    people: People
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Stretch:
    """From `start` until just before `end` the same people are on duty; none of them is a gap."""

    start: datetime
    end: datetime
    people: People

    @property
    def spell(self) -> tuple[datetime, datetime]:
        return self.start, self.end


@dataclass(frozen=True)
class Roster:
    """All duties with what changes them."""

    duties: Mapping[str, Duty]
    absences: tuple[Absence, ...]
    overrides: tuple[Override, ...]
    holidays: Holidays

    def on_duty(self, name: str, at: datetime) -> People:
        """Who has the duty at a moment, or the person of that id, or who stands in; empty: nobody."""
        at = utc(at)
        duty = self.duties.get(name)
        if duty is None:
            return self._resolved((name,), at)
        for override in self.overrides:
            if override.duty == name and override.start <= at < override.end:
                found = self._resolved(override.people, at)
                if found:
                    return found
        worked = [person for team in duty.teams(at, self.holidays) for person in self._resolved(team, at)]
        return tuple(dict.fromkeys(worked)) or self._resolved(duty.otherwise, at)

    def together(self, names: Sequence[str], at: datetime) -> People:
        """Who has any of these duties at a moment."""
        return tuple(dict.fromkeys(person for name in names for person in self.on_duty(name, at)))

    def everybody(self, name: str) -> frozenset[str]:
        """Whoever may have a duty at some time, or stand in for the person of that id."""
        duty = self.duties.get(name)
        teams = (*(shift.team for shift in duty.shifts), duty.otherwise) if duty else ((name,),)
        found = {
            person for team in teams for person in (team.rotation.people if isinstance(team, Turn) else team)
        }
        found |= {
            person for override in self.overrides if override.duty == name for person in override.people
        }
        while (
            more := {gone.instead for gone in self.absences if gone.person in found and gone.instead} - found
        ):
            found |= more
        return frozenset(found)

    def stretches(self, names: Sequence[str], start: datetime, end: datetime) -> Iterator[Stretch]:
        """Who has any of these duties from `start` to `end`, without a hole; neighbours differ."""
        start, end = utc(start), utc(end)
        cuts = {cut for name in names for cut in self._cuts(name, start, end) if start < cut < end}
        begun, people = start, self.together(names, start)
        for cut in sorted(cuts):
            now = self.together(names, cut)
            if now != people:
                yield Stretch(begun, cut, people)
                begun, people = cut, now
        if begun < end:
            yield Stretch(begun, end, people)

    def _cuts(self, name: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments at which the answer of `on_duty` may change."""
        for absence in self.absences:
            yield from (absence.start, absence.end)
        for override in self.overrides:
            if override.duty == name:
                yield from (override.start, override.end)
        duty = self.duties.get(name)
        if duty is None:
            return
        for rotation in duty.rotations():
            for day in _days(start, end, rotation.zone):
                change = rotation.changes(day)
                if change is not None:
                    yield change
        for day in _days(start, end, duty.zone):
            for shift in duty.shifts:
                if day.weekday() in shift.weekdays:
                    yield from shift.span.on(day, duty.zone)

    def _resolved(self, team: Team, at: datetime) -> People:
        order = team.rotation.order(at) if isinstance(team, Turn) else team
        here = [found for person in order if (found := self._present(person, at)) is not None]
        present = tuple(dict.fromkeys(here))
        return present[team.place : team.place + 1] if isinstance(team, Turn) else present

    def _present(self, person: str, at: datetime, asked: People = ()) -> str | None:
        """The person, or who stands in for them; None when all of these are away."""
        away = [gone for gone in self.absences if gone.person == person and gone.start <= at < gone.end]
        if not away:
            return person
        for absence in away:
            if absence.instead is not None and absence.instead not in asked:
                found = self._present(absence.instead, at, (*asked, person))
                if found is not None:
                    return found
        return None


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The days on which something may begin that touches the time from `start` to `end`, and a day more."""
    day = start.astimezone(zone).date() - timedelta(days=2)
    while day <= end.astimezone(zone).date() + timedelta(days=1):
        yield day
        day += timedelta(days=1)
