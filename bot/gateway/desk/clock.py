"""How long until, and since when, in words. desk.js says the same while a page is open. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta


def span_words(span: timedelta) -> str:
    """`less than a minute`, `12 min`, `3 h 05 min`, `2 days 3 h`; whole minutes, rounded down."""
    minutes = int(abs(span).total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(hours, 24)
    return f"{days} {'day' if days == 1 else 'days'} {hours} h"


def left_words(due: datetime, now: datetime) -> str:
    """`12 min left`, `overdue by 5 min`"""
    words = span_words(due - now)
    return f"overdue by {words}" if due < now else f"{words} left"


def ago_words(at: datetime, now: datetime) -> str:
    """`12 min ago`"""
    return f"{span_words(now - at)} ago"
