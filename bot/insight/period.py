"""The days that figures are about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

PRESETS: Final = (7, 30, 90)
USUAL_DAYS: Final = 30
LONGEST_DAYS: Final = 366


class PeriodError(ValueError):
    """What is wrong with the days that somebody asked for, in words for them."""


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, in UTC."""

    first: date
    last: date

    @classmethod
    def last_days(cls, days: int, today: date) -> Period:
        """So many days, the last of which is today."""
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def asked_for(cls, query: Mapping[str, str], today: date) -> Period:
        """From `?from=2026-11-01&to=2026-11-23` or `?days=7`; the usual one when neither is there.

        Raises PeriodError.
        """
        first, last = query.get("from", ""), query.get("to", "")
        if first or last:
            return cls._between(_day(first, "first"), _day(last, "last") if last else today)
        days = query.get("days", str(USUAL_DAYS))
        if days not in map(str, PRESETS):
            raise PeriodError(f"Choose the last {', '.join(map(str, PRESETS))} days, or two dates.")
        return cls.last_days(int(days), today)

    @classmethod
    def _between(cls, first: date, last: date) -> Period:
        if first > last:
            raise PeriodError("The first day is after the last one.")
        if (last - first).days >= LONGEST_DAYS:
            raise PeriodError(f"Choose {LONGEST_DAYS} days at most.")
        return cls(first, last)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), timezone.utc)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in it."""
        return datetime.combine(self.last + timedelta(days=1), time(), timezone.utc)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def words(self) -> str:
        """1 Nov 2026 to 23 Nov 2026"""
        if self.first == self.last:
            return day_words(self.first)
        return f"{day_words(self.first)} to {day_words(self.last)}"

    @property
    def query(self) -> str:
        """What asks for the same period again."""
        return f"from={self.first.isoformat()}&to={self.last.isoformat()}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _day(text: str, which: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise PeriodError(f"Give the {which} day as year-month-day, like 2026-11-23.") from None
    if not 2000 <= found.year <= 2999:
        raise PeriodError(f"Give a {which} day of this century.")
    return found
