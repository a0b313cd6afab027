"""Wall clocks, holidays and opening hours, as moments in UTC. Pure.

A wall-clock time is a day and minutes since its midnight, in a time zone. Clocks that are put forward skip some times,
and clocks that are put back show some twice; here every wall-clock time is one moment, and later times are never
earlier moments: a skipped time is the moment of the jump, a doubled one is its first occurrence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

UTC: Final = timezone.utc
DAY: Final = 24 * 60
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEARCHED: Final = timedelta(days=400)
"""How long without any open time is looked through. Holidays that never end would otherwise be searched for ever."""


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


@lru_cache(maxsize=8192)
def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which clocks show `minute` minutes since midnight of `day`; above 1,440: on later days."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return offset_change(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found, zone)


def offset_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `low` at which clocks are set as at `high`, when they are changed once between the two."""
    shown = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == shown:
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True)
class Span:
    """Wall-clock time in minutes since midnight of the day it begins on; after 1,440 it is the next day."""

    start: int
    end: int

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins and ends if it begins on `day`."""
        return instant(day, self.start, zone), instant(day, self.end, zone)


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year with their names; empty for years that nobody has worked out yet."""
    from holidays import country_holidays

    found = country_holidays(country, subdiv=subdivision, years=year, expand=False, language="en_US")
    return MappingProxyType({day: str(name) for day, name in found.items()})


@dataclass(frozen=True)
class Holidays:
    """The days on which the clinic keeps holiday: public ones, its own, and without those on which it works.

    `also` are single days, `yearly` are (month, day); both with the name that people read.
    """

    country: str | None = None
    subdivision: str | None = None
    also: Mapping[date, str] = field(default_factory=dict)
    yearly: Mapping[tuple[int, int], str] = field(default_factory=dict)
    working: frozenset[date] = frozenset()

    def name(self, day: date) -> str | None:
        """What holiday the day is; None for a usual day."""
        if day in self.working:
            return None
        own = self.also.get(day) or self.yearly.get((day.month, day.day))
        if own or self.country is None:
            return own
        return public_holidays(self.country, self.subdivision, day.year).get(day)


@dataclass(frozen=True)
class OpeningHours:
    """Hours by weekday (Monday first). `on_holidays` are the hours of holidays; None: as on any other day."""

    name: str
    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    on_holidays: tuple[Span, ...] | None
    holidays: Holidays

    def spells(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open times from `start` on: in order, apart from each other, the first cut at `start`."""
        cursor = utc(start)
        day = cursor.astimezone(self.zone).date() - timedelta(days=1)
        last = day + SEARCHED
        while day <= last:
            for span in self._on(day):
                opens, closes = span.on(day, self.zone)
                if closes > cursor:
                    yield max(opens, cursor), closes
                    cursor = closes
                    last = day + SEARCHED
            day += timedelta(days=1)

    def open_at(self, moment: datetime) -> bool:
        """Are they open? They are at the moment of opening, and not at that of closing."""
        found = next(self.spells(moment), None)
        return found is not None and found[0] == utc(moment)

    def after(self, start: datetime, delay: timedelta) -> datetime | None:
        """The open moment at which `delay` of open time has gone by since `start`; None: that never comes."""
        left = delay
        for opens, closes in self.spells(start):
            if left < closes - opens:
                return opens + left
            left -= closes - opens
        return None

    def _on(self, day: date) -> tuple[Span, ...]:
        if self.on_holidays is not None and self.holidays.name(day) is not None:
            return self.on_holidays
        return self.week[day.weekday()]
