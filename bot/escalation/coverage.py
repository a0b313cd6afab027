"""Where a rota has gaps: in any week there could be, or in a stretch of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.escalation.calendar import DAY, Holidays, OpeningHours
from bot.escalation.rota import Duty, Roster, Stretch
from bot.escalation.words import clock, weekday_names

USUAL: Final = ""
HOLIDAY: Final = "when that is a holiday"
DAY_AFTER: Final = "when the day before is a holiday"
BOTH: Final = "when that and the day before are holidays"
# Each with: is the day before a holiday, and is the day itself one. A gap is told for the first that has it.
_SITUATIONS: Final = (
    (USUAL, False, False),
    (HOLIDAY, False, True),
    (DAY_AFTER, True, False),
    (BOTH, True, True),
)


@dataclass(frozen=True)
class WeeklyGap:
    """Minutes of these weekdays (0 is Monday) at which nobody has a duty, in a situation that `when` names."""

    weekdays: frozenset[int]
    start: int
    end: int
    when: str

    def __str__(self) -> str:
        return " ".join(
            part
            for part in (weekday_names(self.weekdays), f"{clock(self.start)}-{clock(self.end)}", self.when)
            if part
        )


def weekly_gaps(roster: Roster, names: Sequence[str]) -> tuple[WeeklyGap, ...]:
    """When nobody would have any of these duties if nobody were ever away, in any week, whatever its holidays are.

    Shifts of a day depend on its weekday and on whether it is a holiday, and last 24 hours at most. So the days that
    can differ are the weekdays, each with or without a holiday on it and on the day before. Clocks that change move no
    gap in or out, since every wall-clock time is one moment. Duties of different time zones do not fill each other's
    gaps here.
    """
    if any(name not in roster.duties or roster.duties[name].otherwise for name in names):
        return ()
    by_zone: dict[str, list[Duty]] = {}
    for name in names:
        by_zone.setdefault(roster.duties[name].zone.key, []).append(roster.duties[name])
    found = [_gaps_of(duties, roster.holidays != Holidays()) for duties in by_zone.values()]
    return min(found, key=len)


def _gaps_of(duties: Sequence[Duty], holidays: bool) -> tuple[WeeklyGap, ...]:
    days: dict[tuple[str, int, int], set[int]] = {}
    for weekday in range(7):
        told: set[tuple[int, int]] = set()
        for when, before, on in _SITUATIONS if holidays else _SITUATIONS[:1]:
            found = set(_uncovered(duties, weekday, before, on)) - told
            told |= found
            for start, end in found:
                days.setdefault((when, start, end), set()).add(weekday)
    return tuple(
        WeeklyGap(frozenset(weekdays), start, end, when)
        for (when, start, end), weekdays in sorted(days.items())
    )


def _uncovered(duties: Sequence[Duty], weekday: int, before: bool, on: bool) -> Iterator[tuple[int, int]]:
    """The minutes of a weekday without anybody; `before` and `on`: the day before it and it are holidays."""
    spans = sorted(
        (shift.span.start - back * DAY, shift.span.end - back * DAY)
        for duty in duties
        for shift in duty.shifts
        for back, holiday in ((1, before), (0, on))
        if shift.worked((weekday - back) % 7, holiday)
    )
    covered = 0
    for start, end in spans:
        if start > covered:
            yield covered, min(start, DAY)
        covered = max(covered, end)
        if covered >= DAY:
            return
    yield covered, DAY


def gaps(roster: Roster, names: Sequence[str], start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """The stretches of a time in which nobody has any of these duties."""
    return tuple(stretch for stretch in roster.stretches(names, start, end) if not stretch.people)


def held(roster: Roster, name: str, start: datetime, end: datetime) -> dict[str, timedelta]:
    """How long each person has a duty in a stretch of time, the longest first."""
    total: dict[str, timedelta] = {}
    for stretch in roster.stretches((name,), start, end):
        for person in stretch.people:
            total[person] = total.get(person, timedelta(0)) + (stretch.end - stretch.start)
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def longest_closed(hours: OpeningHours, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """The longest time from `start` to `end` in which they are closed, as when it begins and ends; None: never."""
    closed: list[tuple[datetime, datetime]] = []
    shut = start
    for opens, closes in hours.spells(start):
        if opens > shut:
            closed.append((shut, opens))
        shut = closes
        if shut >= end:
            break
    return max(closed, key=lambda spell: spell[1] - spell[0], default=None)
