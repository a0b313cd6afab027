"""How times, days and dates are written in a policy file. What cannot be read is refused and comes back as None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bot.escalation.calendar import DAY, WEEKDAYS, Span, instant
from bot.escalation.file_entries import Entry, did_you_mean

GROUPS: Final = {
    "every day": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekends": frozenset((5, 6)),
}
UNITS: Final = {
    name: seconds
    for names, seconds in (
        ("s sec second seconds", 1),
        ("min minute minutes", 60),
        ("h hour hours", 3600),
        ("d day days", 86400),
    )
    for name in names.split()
}
LONGEST_RANGE: Final = 400
"""Days of a range of dates: more is a slip of the pen."""

_LENGTH: Final = re.compile(r"\d{1,5} ?[a-z]+(?: \d{1,5} ?[a-z]+)*")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")
_HAND_OVER: Final = re.compile(
    r"(?:(daily|every day)|every (\d+) days|(?:weekly|every week) on (\w+)|every (\d+) weeks on (\w+)) at (\S+)",
    re.IGNORECASE,
)


def duration(entry: Entry) -> timedelta | None:
    """`0 min`, `90 s`, `20 min`, `1 h 30 min`, `2 days`."""
    text = entry.text()
    if text is None:
        return None
    parts = re.findall(r"(\d+) ?([a-z]+)", text) if _LENGTH.fullmatch(text) else []
    if not parts or any(unit not in UNITS for _, unit in parts):
        entry.refuse(f"{text!r} is no length of time; write it like 20 min, 1 h 30 min or 2 days")
        return None
    return timedelta(seconds=sum(int(number) * UNITS[unit] for number, unit in parts))


def clock(entry: Entry, text: str) -> int | None:
    """`08:00` as minutes since midnight; `24:00` is the end of the day."""
    match = _CLOCK.fullmatch(text)
    if match and int(match[2]) < 60 and int(match[1]) * 60 + int(match[2]) <= DAY:
        return int(match[1]) * 60 + int(match[2])
    entry.refuse(f"{text!r} is no time of day; write it like 08:00 or 17:30")
    return None


def span(entry: Entry, text: str) -> Span | None:
    """`08:00-18:00`; one that ends no later than it begins ends on the next day."""
    begins, dash, ends = re.sub(r"\s*[-–]\s*", "-", text).partition("-")
    if not dash:
        entry.refuse(f"{text!r} is no time from … to …; write it like 08:00-18:00")
        return None
    start, end = clock(entry, begins), clock(entry, ends)
    if start is None or end is None:
        return None
    if start == DAY:
        entry.refuse("a time from 24:00 begins on the next day; write 00:00")
        return None
    return Span(start, end if end > start else end + DAY)


def spans(entry: Entry) -> tuple[Span, ...] | None:
    """`08:00-12:00, 13:00-18:00`, or `closed`."""
    text = entry.text()
    if text is None:
        return None
    if text.lower() == "closed":
        return ()
    found = [span(entry, part.strip()) for part in text.split(",")]
    return tuple(one for one in found if one is not None) if all(found) else None


def weekdays(entry: Entry, texts: Iterable[str]) -> frozenset[int] | None:
    """Each of `Monday`, `Mon-Fri`, `every day`, `weekdays`, `weekends`."""
    days: set[int] = set()
    for text in texts:
        part = text.strip().lower()
        first, dash, last = re.sub(r"\s*[-–]\s*", "-", part).partition("-")
        begins, ends = _weekday(first), _weekday(last if dash else first)
        if part in GROUPS:
            days |= GROUPS[part]
        elif begins is None or ends is None:
            entry.refuse(
                f"{text.strip()!r} is no day of the week; write it like Monday, Mon-Fri, weekends or every day"
            )
            return None
        else:
            days |= {day % 7 for day in range(begins, ends + 1 if ends >= begins else ends + 8)}
    return frozenset(days)


def _weekday(text: str) -> int | None:
    found = [
        number for number, name in enumerate(WEEKDAYS) if len(text) >= 3 and name.lower().startswith(text)
    ]
    return found[0] if found else None


def day(entry: Entry, text: str) -> date | None:
    """`2026-12-24`."""
    try:
        if re.fullmatch(r"20\d{2}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        entry.refuse(f"there is no {text}")
        return None
    entry.refuse(f"{text!r} is no date; write it like 2026-12-24")
    return None


def moment(entry: Entry, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """`2026-12-24 08:00`, or `2026-12-24`: its first moment, or with `end` its last. In UTC."""
    text = entry.text()
    if text is None:
        return None
    written, _, hour = text.replace("T", " ").partition(" ")
    found = day(entry, written)
    if found is None:
        return None
    if not hour:
        return instant(found, DAY if end else 0, zone)
    minute = clock(entry, hour.strip())
    return instant(found, minute, zone) if minute is not None else None


def days(entry: Entry, text: str) -> tuple[date, ...]:
    """`2026-12-24`, or `2026-12-24 to 2026-12-31` with both ends."""
    begins, to, ends = text.partition(" to ")
    first = day(entry, begins.strip())
    last = day(entry, ends.strip()) if to else first
    if first is None or last is None:
        return ()
    if not 0 <= (last - first).days < LONGEST_RANGE:
        entry.refuse(f"from {first} to {last} is backwards or longer than {LONGEST_RANGE} days")
        return ()
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def hand_over(entry: Entry) -> tuple[int, int | None, int] | None:
    """`daily at 08:00`, `every 3 days at 08:00`, `weekly on Monday at 08:00`, `every 2 weeks on Mon at 08:00`.

    Gives: every so many days, on which weekday (None: any), at which minute of the day.
    """
    text = entry.text()
    if text is None:
        return None
    match = _HAND_OVER.fullmatch(re.sub(r"\s+", " ", text))
    if match is None:
        entry.refuse(
            f"{text!r} is no hand-over; write it like `daily at 08:00` or `weekly on Monday at 08:00`"
        )
        return None
    every = int(match[2] or 1) if match[1] or match[2] else 7 * int(match[4] or 1)
    named = match[3] or match[5]
    weekday = _weekday(named.lower()) if named else None
    minute = clock(entry, match[6])
    if minute is None:
        return None
    if (named and weekday is None) or not 1 <= every <= 366 or minute == DAY:
        entry.refuse(
            f"{text!r} is no hand-over; write it like `daily at 08:00` or `every 2 weeks on Monday at 08:00`"
        )
        return None
    return every, weekday, minute


def time_zone(entry: Entry) -> ZoneInfo | None:
    """`Europe/London`."""
    text = entry.text()
    if text is None:
        return None
    known = _zones()
    if text in known:
        return ZoneInfo(text)
    if not known:
        entry.refuse("this machine knows no time zones; install its package tzdata")
    else:
        entry.refuse(
            f"{text!r} is no time zone{did_you_mean(text, known) or '; write it like Europe/London'}"
        )
    return None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """The names of all time zones; reading them walks through hundreds of files."""
    return frozenset(available_timezones())


def switch(entry: Entry) -> bool:
    """`yes` or `no`."""
    text = (entry.text() or "no").lower()
    if text not in ("yes", "true", "no", "false"):
        entry.refuse(f"{text!r} is neither yes nor no")
    return text in ("yes", "true")
