"""Wall clocks, holidays and opening hours as moments."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.escalation.calendar import DAY, Holidays, OpeningHours, Span, instant, utc

UTC = timezone.utc
NEW_YORK = ZoneInfo("America/New_York")
# Clocks that change by an hour, by half an hour, at midnight, against the seasons, and one that skipped a whole day.
ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "America/Havana",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(2010, 1, 1), date(2032, 12, 31))
minutes = st.integers(0, DAY)


def office(zone: ZoneInfo = NEW_YORK, *, holidays: Holidays | None = None) -> OpeningHours:
    week = (*((Span(8 * 60, 18 * 60),),) * 5, (), ())
    return OpeningHours("office", zone, week, (), holidays or Holidays())


@pytest.mark.parametrize(
    ("day", "minute", "expected"),
    [
        (date(2026, 7, 1), 8 * 60, datetime(2026, 7, 1, 12, tzinfo=UTC)),
        (date(2026, 12, 1), 8 * 60, datetime(2026, 12, 1, 13, tzinfo=UTC)),
        (date(2026, 12, 1), DAY + 60, datetime(2026, 12, 2, 6, tzinfo=UTC)),
        # 02:30 does not exist on 8 March: clocks jump from 02:00 to 03:00.
        (date(2026, 3, 8), 150, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (date(2026, 3, 8), 180, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        # 01:30 comes twice on 1 November: the first one counts.
        (date(2026, 11, 1), 90, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 11, 1), 120, datetime(2026, 11, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_is_one_moment(day: date, minute: int, expected: datetime) -> None:
    assert instant(day, minute, NEW_YORK) == expected


def test_a_day_that_a_country_skipped_has_no_length() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert instant(date(2011, 12, 30), 0, apia) == instant(date(2011, 12, 30), DAY, apia)


@given(zones, days, minutes, minutes)
def test_later_times_are_never_earlier_moments(zone: ZoneInfo, day: date, one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert instant(day, first, zone) <= instant(day, second, zone)


@given(zones, days)
def test_a_day_ends_when_the_next_begins(zone: ZoneInfo, day: date) -> None:
    assert instant(day, DAY, zone) == instant(day + timedelta(days=1), 0, zone)


@given(zones, days, minutes)
def test_clocks_show_the_time_that_was_meant_or_jumped_over_it(
    zone: ZoneInfo, day: date, minute: int
) -> None:
    moment = instant(day, minute, zone)
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert shown == wanted or before < wanted < shown


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        utc(datetime(2026, 1, 1))


def test_holidays_are_public_ones_and_the_clinic_s_own_without_those_it_works_on() -> None:
    holidays = Holidays(
        country="US",
        subdivision="NY",
        also={date(2026, 12, 24): "Christmas Eve"},
        yearly={(2, 29): "Leap day", (12, 31): "New Year's Eve"},
        working=frozenset({date(2026, 10, 12)}),
    )
    assert holidays.name(date(2026, 12, 25)) == "Christmas Day"
    assert holidays.name(date(2026, 12, 24)) == "Christmas Eve"
    assert holidays.name(date(2027, 12, 24)) == "Christmas Day (observed)"
    assert holidays.name(date(2028, 2, 29)) == "Leap day"
    assert holidays.name(date(2027, 12, 31)) == "New Year's Eve"
    assert holidays.name(date(2026, 10, 12)) is None
    assert holidays.name(date(2026, 11, 24)) is None


def test_a_subdivision_has_holidays_of_its_own() -> None:
    assert Holidays("GB", "SCT").name(date(2026, 11, 30)) and not Holidays("GB", "ENG").name(
        date(2026, 11, 30)
    )


@pytest.mark.parametrize(
    ("start", "delay", "expected"),
    [
        ("2026-11-24 09:00", 0, "2026-11-24 09:00"),
        ("2026-11-24 07:00", 0, "2026-11-24 08:00"),
        ("2026-11-24 17:30", 60, "2026-11-25 08:30"),
        ("2026-11-24 17:00", 60, "2026-11-25 08:00"),  # at 18:00 they are closed
        ("2026-11-24 18:00", 0, "2026-11-25 08:00"),
        ("2026-11-25 17:00", 120, "2026-11-27 09:00"),  # over Thanksgiving
        ("2026-11-27 17:00", 120, "2026-11-30 09:00"),  # over a weekend
        ("2026-03-06 17:00", 120, "2026-03-09 09:00"),  # over a weekend of 47 hours
    ],
)
def test_only_open_time_counts(start: str, delay: int, expected: str) -> None:
    hours = office(holidays=Holidays("US", "NY"))
    begun = datetime.fromisoformat(start).replace(tzinfo=NEW_YORK)
    found = hours.after(begun, timedelta(minutes=delay))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=NEW_YORK)


def test_a_night_shift_in_which_clocks_are_put_back_is_an_hour_longer() -> None:
    nights = OpeningHours("nights", NEW_YORK, ((Span(18 * 60, 32 * 60),),) * 7, None, Holidays())
    (opens, closes), *_ = list_of(nights, datetime(2026, 10, 31, 22, tzinfo=UTC), 1)
    assert closes - opens == timedelta(hours=15)


def test_spans_that_overlap_are_told_once() -> None:
    doubled = OpeningHours("doubled", NEW_YORK, ((Span(0, DAY), Span(60, DAY + 60)),) * 7, None, Holidays())
    spells = list_of(doubled, datetime(2026, 7, 1, 4, tzinfo=UTC), 6)
    assert all(one[1] == other[0] for one, other in zip(spells, spells[1:], strict=False))


def test_hours_that_never_come_are_not_waited_for() -> None:
    never = OpeningHours("never", NEW_YORK, ((),) * 7, (), Holidays())
    assert never.after(datetime(2026, 1, 1, tzinfo=UTC), timedelta(0)) is None and not never.open_at(
        datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_a_wait_may_be_as_long_as_it_likes() -> None:
    """A routine case that nobody acknowledges is paged in its third year too."""
    found = office().after(datetime(2026, 1, 5, 13, tzinfo=UTC), timedelta(hours=10 * 5 * 110))
    assert found == datetime(2028, 2, 14, 13, tzinfo=UTC)


def list_of(hours: OpeningHours, start: datetime, number: int) -> list[tuple[datetime, datetime]]:
    spells = hours.spells(start)
    return [next(spells) for _ in range(number)]


weeks = st.lists(
    st.lists(
        st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).map(lambda one: Span(one[0], sum(one))),
        max_size=2,
    ),
    min_size=7,
    max_size=7,
).filter(any)
starts = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@given(zones, weeks, starts, st.integers(0, 3000), st.integers(1, 3000))
def test_waiting_ends_in_open_time_after_just_that_much_of_it(
    zone: ZoneInfo, week: list[list[Span]], start: datetime, delay: int, more: int
) -> None:
    hours = OpeningHours("some", zone, tuple(map(tuple, week)), None, Holidays())
    found = hours.after(start, timedelta(minutes=delay))
    later = hours.after(start, timedelta(minutes=delay + more))
    if found is None or later is None:
        return  # open for some minutes a week
    assert start <= found < later
    assert hours.open_at(found)
    passed = timedelta(0)
    for opens, closes in hours.spells(start):
        if opens >= found:
            break
        passed += min(closes, found) - opens
    assert passed == timedelta(minutes=delay)
