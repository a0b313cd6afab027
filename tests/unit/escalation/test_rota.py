"""Turns, shifts, absences and overrides: who has a duty at a moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.escalation.calendar import DAY, Holidays, Span, instant
from bot.escalation.coverage import gaps, held, weekly_gaps
from bot.escalation.rota import Absence, Duty, OnHolidays, Override, Roster, Rotation, Shift, Turn
from tests.support.policies import changed, local, policy_of

UTC = timezone.utc
NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Pacific/Apia"]
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))


def roster(*duties: Duty, absences: tuple[Absence, ...] = (), overrides: tuple[Override, ...] = ()) -> Roster:
    return Roster({duty.name: duty for duty in duties}, absences, overrides, Holidays("US", "NY"))


def on_call(team: object) -> Duty:
    return Duty("on_call", NEW_YORK, (), team)  # type: ignore[arg-type]


WEEKLY = Rotation("doctors", ("ana", "ben", "carla"), date(2026, 1, 5), 7, 8 * 60, NEW_YORK)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05 08:00", "ana"),
        ("2026-01-12 07:59:59", "ana"),
        ("2026-01-12 08:00", "ben"),
        ("2026-01-19 08:00", "carla"),
        ("2026-01-26 08:00", "ana"),
        ("2026-01-05 07:59:59", "carla"),  # turns go back in time too
        ("2026-03-09 07:59:59", "carla"),  # the week in which clocks are put forward is an hour shorter
        ("2026-03-09 08:00", "ana"),
    ],
)
def test_a_turn_is_handed_over_at_its_moment(at: str, expected: str) -> None:
    assert roster(on_call(Turn(WEEKLY))).on_duty("on_call", local(at)) == (expected,)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2028-02-28 12:00", "ana"),
        ("2028-02-29 12:00", "ben"),
        ("2028-03-01 12:00", "ana"),
        ("2028-03-01 07:00", "ben"),
    ],
)
def test_a_leap_day_is_a_turn_like_any_other(at: str, expected: str) -> None:
    daily = Rotation("doctors", ("ana", "ben"), date(2028, 2, 28), 1, 8 * 60, NEW_YORK)
    assert roster(on_call(Turn(daily))).on_duty("on_call", local(at)) == (expected,)


def test_a_hand_over_at_a_time_that_clocks_skip_happens_at_the_jump() -> None:
    daily = Rotation("doctors", ("ana", "ben"), date(2026, 3, 7), 1, 150, NEW_YORK)
    found = roster(on_call(Turn(daily)))
    jump = datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert found.on_duty("on_call", jump - timedelta(seconds=1)) == ("ana",)
    assert found.on_duty("on_call", jump) == ("ben",)


def test_a_hand_over_at_a_time_that_comes_twice_happens_once() -> None:
    daily = Rotation("doctors", ("ana", "ben"), date(2026, 10, 31), 1, 90, NEW_YORK)
    found = roster(on_call(Turn(daily)))
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert found.on_duty("on_call", first - timedelta(seconds=1)) == ("ana",)
    assert [found.on_duty("on_call", first + timedelta(minutes=m)) for m in (0, 30, 60, 90)] == [("ben",)] * 4


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.integers(1, 5),
    st.integers(1, 30),
    st.integers(0, DAY - 1),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    moments,
)
def test_everybody_has_the_turn_for_as_long(
    zone: ZoneInfo, number: int, every: int, minute: int, first: date, at: datetime
) -> None:
    people = tuple(f"p{index}" for index in range(number))
    rotation = Rotation("r", people, first, every, minute, zone)
    order = rotation.order(at)
    assert sorted(order) == sorted(people)
    # The day of the hand-over that the moment belongs to, by counting every day from the first.
    day = at.astimezone(zone).date() + timedelta(days=1)
    while instant(day, minute, zone) > at:
        day -= timedelta(days=1)
    assert order[0] == people[((day - first).days // every) % number]


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Shift(("ana",), frozenset({4}), Span(18 * 60, 32 * 60))
    found = roster(Duty("on_call", NEW_YORK, (friday_night,), ("ben",)))
    expected = {
        "2026-11-20 17:59": "ben",
        "2026-11-20 18:00": "ana",
        "2026-11-21 07:59": "ana",
        "2026-11-21 08:00": "ben",
    }
    assert {at: found.on_duty("on_call", local(at))[0] for at in expected} == expected


@pytest.mark.parametrize(
    ("on_holidays", "thanksgiving", "friday"),
    [
        (OnHolidays.INCLUDED, "ana", "ana"),
        (OnHolidays.EXCLUDED, "ben", "ana"),
        (OnHolidays.ONLY, "ana", "ben"),
    ],
)
def test_what_becomes_of_a_shift_on_a_holiday(
    on_holidays: OnHolidays, thanksgiving: str, friday: str
) -> None:
    shift = Shift(("ana",), frozenset(range(5)), Span(8 * 60, 18 * 60), on_holidays)
    found = roster(Duty("on_call", NEW_YORK, (shift,), ("ben",)))
    assert found.on_duty("on_call", local("2026-11-26 10:00")) == (thanksgiving,)
    assert found.on_duty("on_call", local("2026-11-27 10:00")) == (friday,)


def test_shifts_at_the_same_time_bring_all_of_their_people_once() -> None:
    shifts = (
        Shift(("ana", "ben"), frozenset(range(7)), Span(0, DAY)),
        Shift(("ben", "carla"), frozenset(range(7)), Span(0, DAY)),
    )
    found = roster(Duty("on_call", NEW_YORK, shifts))
    assert found.on_duty("on_call", local("2026-11-26 10:00")) == ("ana", "ben", "carla")


LEAVE = (local("2026-12-14 00:00"), local("2026-12-21 00:00"))  # the week of ben's turn


def test_when_somebody_is_away_the_turn_goes_to_the_next() -> None:
    absent = roster(on_call(Turn(WEEKLY)), absences=(Absence("ben", *LEAVE),))
    assert roster(on_call(Turn(WEEKLY))).on_duty("on_call", local("2026-12-15 12:00")) == ("ben",)
    assert absent.on_duty("on_call", local("2026-12-15 12:00")) == ("carla",)
    assert absent.on_duty("on_call", LEAVE[1]) == ("ben",)


def test_who_stands_in_takes_what_would_have_been_theirs() -> None:
    absent = roster(on_call(Turn(WEEKLY)), absences=(Absence("ben", *LEAVE, "ana"),))
    assert absent.on_duty("on_call", local("2026-12-15 12:00")) == ("ana",)
    assert absent.on_duty("ben", local("2026-12-15 12:00")) == ("ana",)
    assert absent.on_duty("ben", LEAVE[1]) == ("ben",)


def test_when_those_who_stand_in_are_away_too_the_turn_goes_on() -> None:
    absences = (Absence("ben", *LEAVE, "ana"), Absence("ana", *LEAVE, "ben"))
    absent = roster(on_call(Turn(WEEKLY)), absences=absences)
    assert absent.on_duty("on_call", local("2026-12-15 12:00")) == ("carla",)
    assert absent.on_duty("ben", local("2026-12-15 12:00")) == ()


def test_the_next_in_a_rotation_is_somebody_else_also_when_people_are_away() -> None:
    both = (Duty("on_call", NEW_YORK, (), Turn(WEEKLY)), Duty("backup", NEW_YORK, (), Turn(WEEKLY, 1)))
    at = local("2026-12-15 12:00")
    assert roster(*both).together(("on_call", "backup"), at) == ("ben", "carla")
    assert roster(*both, absences=(Absence("carla", *LEAVE),)).together(("on_call", "backup"), at) == (
        "ben",
        "ana",
    )
    assert roster(*both, absences=(Absence("ben", *LEAVE),)).together(("on_call", "backup"), at) == (
        "carla",
        "ana",
    )


def test_an_override_counts_for_its_duty_and_its_time_only() -> None:
    swap = Override("on_call", ("carla",), local("2026-12-15 08:00"), local("2026-12-16 08:00"))
    found = roster(on_call(Turn(WEEKLY)), Duty("lead", NEW_YORK, (), ("ana",)), overrides=(swap,))
    expected = {"2026-12-15 07:59": "ben", "2026-12-15 08:00": "carla", "2026-12-16 08:00": "ben"}
    assert {at: found.on_duty("on_call", local(at))[0] for at in expected} == expected
    assert found.on_duty("lead", local("2026-12-15 12:00")) == ("ana",)


def test_an_override_for_somebody_who_is_away_leaves_the_duty_as_it_was() -> None:
    swap = Override("on_call", ("carla",), *LEAVE)
    found = roster(on_call(Turn(WEEKLY)), overrides=(swap,), absences=(Absence("carla", *LEAVE),))
    assert found.on_duty("on_call", local("2026-12-15 12:00")) == ("ben",)


def test_the_week_in_which_clocks_are_put_back_is_an_hour_longer() -> None:
    shares = held(
        roster(on_call(Turn(WEEKLY))), "on_call", local("2026-10-05 08:00"), local("2026-11-16 08:00")
    )
    assert shares == {
        "ana": timedelta(weeks=2, hours=1),
        "ben": timedelta(weeks=2),
        "carla": timedelta(weeks=2),
    }


shifts = st.builds(
    lambda team, weekdays, start, lasts, on_holidays: Shift(
        team, weekdays, Span(start, start + lasts), on_holidays
    ),
    st.sampled_from([("ana",), ("ben",), Turn(WEEKLY), Turn(WEEKLY, 1)]),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([0, 480, 1080, 90, 150]),
    st.sampled_from([60, 600, 840, DAY]),
    st.sampled_from(OnHolidays),
)
away = st.builds(
    lambda person, start, hours, instead: Absence(person, start, start + timedelta(hours=hours), instead),
    st.sampled_from(["ana", "ben", "carla"]),
    moments,
    st.integers(1, 400),
    st.sampled_from([None, "ana", "ben"]),
)


@given(
    st.lists(shifts, min_size=1, max_size=4),
    st.sampled_from(ZONES).map(ZoneInfo),
    st.lists(away, max_size=3),
    moments,
    st.integers(1, 21),
)
@settings(max_examples=60, deadline=None)
def test_stretches_say_the_same_as_every_single_moment(
    worked: list[Shift], zone: ZoneInfo, absences: list[Absence], start: datetime, span: int
) -> None:
    found = roster(Duty("on_call", zone, tuple(worked)), absences=tuple(absences))
    end = start + timedelta(days=span)
    stretches = list(found.stretches(("on_call",), start, end))
    assert stretches[0].start == start and stretches[-1].end == end
    for one, other in zip(stretches, stretches[1:], strict=False):
        assert one.end == other.start and one.people != other.people
    for stretch in stretches:
        inside = [
            stretch.start,
            stretch.end - timedelta(microseconds=1),
            stretch.start + (stretch.end - stretch.start) / 2,
        ]
        assert {found.on_duty("on_call", at) for at in inside} == {stretch.people}


@given(st.lists(shifts, min_size=2, max_size=7), st.sampled_from(ZONES).map(ZoneInfo), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_week_without_gaps_means_years_without_gaps(
    worked: list[Shift], zone: ZoneInfo, covered: bool
) -> None:
    if covered:  # seldom so by chance
        worked = [*worked, Shift(("ana",), frozenset(range(7)), Span(480, 480 + DAY))]
    found = roster(Duty("on_call", zone, tuple(worked)))
    holes = gaps(found, ("on_call",), datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 4, 1, tzinfo=UTC))
    usual = [gap for gap in weekly_gaps(found, ("on_call",)) if not gap.when]
    if covered:
        assert not weekly_gaps(found, ("on_call",))
    if not weekly_gaps(found, ("on_call",)):
        assert holes == ()
    if usual:
        assert holes


def test_duties_fill_each_other_s_gaps() -> None:
    day = Duty("day", NEW_YORK, (Shift(("ana",), frozenset(range(7)), Span(480, 1080)),))
    night = Duty("night", NEW_YORK, (Shift(("ben",), frozenset(range(7)), Span(1080, 480 + DAY)),))
    found = roster(day, night)
    assert weekly_gaps(found, ("day", "night")) == ()
    assert [str(gap) for gap in weekly_gaps(found, ("day",))] == [
        "every day 00:00-08:00",
        "every day 18:00-24:00",
    ]


def test_a_gap_on_holidays_is_told_as_one() -> None:
    policy = policy_of(changed(("    otherwise: next in doctors\n", "")))
    told = [str(gap) for gap in weekly_gaps(policy.roster, ("backup",))]
    assert "Mon-Fri 00:00-24:00 when that is a holiday" in told and "Sat, Sun 00:00-24:00" in told
