"""Where a rota has gaps: in any week there could be, or in a stretch of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.escalation.calendar import DAY, Holidays
from bot.escalation.file_values import WEEKDAYS
from bot.escalation.rota import Duty, Roster, Stretch
from bot.escalation.words import clock


@dataclass(frozen=True)
class WeeklyGap:
    """Minutes of a weekday (0 is Monday) at which nobody has a duty; `holiday`: on a holiday or after one."""

    weekday: int
    start: int
    end: int
    holiday: bool

    def __str__(self) -> str:
        note = " around a holiday" if self.holiday else ""
        return f"on {WEEKDAYS[self.weekday]} {clock(self.start)}-{clock(self.end)}{note}"


def weekly_gaps(roster: Roster, names: Sequence[str]) -> tuple[WeeklyGap, ...]:
    """When nobody would have any of these duties if nobody were ever away, in any week, whatever its holidays are.

    Shifts of a day depend on its weekday and on whether it is a holiday, and last 24 hours at most. So the days that
    can differ are the weekdays, each with or without a holiday on it and on the day before. Clocks that change move no
    gap in or out, since every wall-clock time is one moment.
    """
    if any(name not in roster.duties or roster.duties[name].otherwise for name in names):
        return ()
    duties = [roster.duties[name] for name in names]
    gaps: list[WeeklyGap] = []
    for weekday in range(7):
        usual = set(_uncovered(duties, weekday, False, False))
        gaps += [WeeklyGap(weekday, start, end, False) for start, end in sorted(usual)]
        if roster.holidays == Holidays():
            continue
        around = {
            gap
            for before, on in ((False, True), (True, False), (True, True))
            for gap in _uncovered(duties, weekday, before, on)
        }
        gaps += [WeeklyGap(weekday, start, end, True) for start, end in sorted(around - usual)]
    return tuple(gaps)


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
