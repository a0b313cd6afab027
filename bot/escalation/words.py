"""Times, lengths and days as people at the clinic read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.escalation.calendar import DAY, WEEKDAYS


def length(delay: timedelta) -> str:
    """`0 min`, `20 min`, `1 h 30 min`, `2 days 14 h`."""
    total = int(delay.total_seconds())
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        f"{days} day{'s' if days != 1 else ''}" if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{seconds} s" if seconds else "",
    ]
    return " ".join(part for part in parts if part) or "0 min"


def roughly(delay: timedelta) -> str:
    """The same to the hour: `2 days 14 h`, `5 h`, `under 1 h`."""
    hours = (delay + timedelta(minutes=30)) // timedelta(hours=1)
    return length(timedelta(hours=hours)) if hours else "under 1 h"


def clock(minute: int) -> str:
    """Minutes since midnight as `08:00`; on the next day as on this one, but the end of this day is `24:00`."""
    shown = minute if minute <= DAY else minute - DAY
    return f"{shown // 60:02}:{shown % 60:02}"


def plain(name: str) -> str:
    """A name of the file as people read it: `on call` for on_call."""
    return name.replace("_", " ")


def weekday_names(days: Iterable[int]) -> str:
    """`every day`, `Mon-Fri`, `Sat, Sun`, `Mon-Wed, Sat`."""
    wanted = sorted(set(days))
    if len(wanted) == 7:
        return "every day"
    runs: list[list[int]] = []
    for day in wanted:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [name[:3] for name in WEEKDAYS]
    return ", ".join(
        f"{names[run[0]]}-{names[run[-1]]}" if len(run) > 2 else ", ".join(names[day] for day in run)
        for run in runs
    )


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Thu 24 Dec 2026 23:10`, in the zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """`Thu 24 Dec 23:10`, in the zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def columns(rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """Rows as lines, each column as wide as its widest cell; the last cell of a row may be as long as it likes."""
    kept = [tuple(row) for row in rows]
    widths: dict[int, int] = {}
    for row in kept:
        for place, cell in enumerate(row[:-1]):
            widths[place] = max(widths.get(place, 0), len(cell))
    return [
        (
            indent + "  ".join([cell.ljust(widths[place]) for place, cell in enumerate(row[:-1])] + [row[-1]])
        ).rstrip()
        for row in kept
    ]
