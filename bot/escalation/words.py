"""Times, lengths and days as people at the clinic read them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.escalation.calendar import DAY


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


def clock(minute: int) -> str:
    """Minutes since midnight as `08:00`; on the next day as on this one, but the end of this day is `24:00`."""
    shown = minute if minute <= DAY else minute - DAY
    return f"{shown // 60:02}:{shown % 60:02}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Thu 24 Dec 2026 23:10`, in the zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"
