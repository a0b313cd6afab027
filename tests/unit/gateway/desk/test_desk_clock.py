"""How long until, and since when, in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.gateway.desk.clock import ago_words, left_words, span_words

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00 min"),
        (11_100, "3 h 05 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 day 0 h"),
        (180_000, "2 days 2 h"),
    ],
)
def test_spans(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
    assert span_words(timedelta(seconds=-seconds)) == words


def test_a_deadline_is_ahead_or_past() -> None:
    assert left_words(NOW + timedelta(minutes=12), NOW) == "12 min left"
    assert left_words(NOW, NOW) == "less than a minute left"
    assert left_words(NOW - timedelta(seconds=1), NOW) == "overdue by less than a minute"
    assert left_words(NOW - timedelta(hours=5), NOW) == "overdue by 5 h 00 min"
    assert ago_words(NOW - timedelta(days=1), NOW) == "1 day 0 h ago"
