"""The days that figures are about."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insight.period import LONGEST_DAYS, Period, PeriodError

TODAY = date(2026, 11, 23)


def test_the_usual_period_ends_today() -> None:
    assert Period.asked_for({}, TODAY) == Period(date(2026, 10, 25), TODAY)
    assert Period.asked_for({"days": "7"}, TODAY) == Period(date(2026, 11, 17), TODAY)
    assert Period.asked_for({"from": "2026-11-20"}, TODAY).days == 4


@given(st.dates(date(2000, 1, 1), date(2098, 1, 1)), st.integers(1, LONGEST_DAYS))
def test_a_period_asks_for_itself_again_and_holds_its_days(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days - 1))
    assert Period.asked_for(dict(parse_qsl(period.query)), TODAY) == period
    assert period.days == days == (period.end - period.start).days


@pytest.mark.parametrize(
    "query",
    [
        {"days": "8"},
        {"days": "-7"},
        {"days": "x"},
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"from": "yesterday", "to": "2026-11-23"},
        {"to": "2026-11-23"},
        {"from": "2025-01-01", "to": "2026-11-23"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "2026-11-1'; DROP", "to": ""},
    ],
)
def test_other_days_are_refused_in_words(query: dict[str, str]) -> None:
    with pytest.raises(PeriodError, match=r"\.$"):
        Period.asked_for(query, TODAY)


def test_words() -> None:
    assert Period(date(2026, 11, 1), TODAY).words == "1 Nov 2026 to 23 Nov 2026"
    assert Period(TODAY, TODAY).words == "23 Nov 2026"
