"""Which page comes when: ladders over nights, weekends, holidays and changes of clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.escalation.calendar import instant
from bot.escalation.coverage import gaps
from bot.escalation.policy import PlannedPage, Policy, PolicyError
from tests.support.policies import SOUND, changed, local, policy_of

UTC = timezone.utc


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_of()


def shown(pages: object, zone: str = "America/New_York") -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f"{page.at.astimezone(ZoneInfo(zone)):%a %H:%M}", page.step, page.person_ids)
        for page in pages  # type: ignore[attr-defined]
    ]


def test_an_urgent_case_goes_up_the_ladder_and_on_until_somebody_answers(policy: Policy) -> None:
    everybody = ("ana", "ben", "dana")
    assert shown(islice(policy.plan(1, local("2026-11-25 23:10")), 7)) == [
        ("Wed 23:10", "on_call", ("ana",)),
        ("Wed 23:15", "on_call", ("ana",)),
        ("Wed 23:20", "backup", ("ben",)),
        ("Wed 23:30", "lead", ("dana",)),
        ("Wed 23:45", "on_call+backup+lead", everybody),
        ("Thu 00:00", "on_call+backup+lead", everybody),
        ("Thu 00:15", "on_call+backup+lead", everybody),
    ]


def test_who_is_on_duty_is_looked_up_for_each_page(policy: Policy) -> None:
    """Monday is handed over at 08:00, in the middle of the ladder."""
    assert shown(islice(policy.plan(1, local("2026-11-30 07:57")), 2)) == [
        ("Mon 07:57", "on_call", ("ana",)),
        ("Mon 08:02", "on_call", ("ben",)),
    ]


def test_a_same_day_case_waits_for_hours_and_counts_only_them(policy: Policy) -> None:
    """Wednesday 17:10, then Thanksgiving."""
    assert shown(islice(policy.plan(2, local("2026-11-25 17:10")), 4)) == [
        ("Wed 17:10", "on_call", ("ana",)),
        ("Fri 09:10", "backup+lead", ("dana",)),
        ("Fri 10:10", "on_call+backup+lead", ("ana", "dana")),
        ("Fri 11:10", "on_call+backup+lead", ("ana", "dana")),
    ]


def test_a_case_of_the_weekend_begins_on_monday(policy: Policy) -> None:
    assert shown(islice(policy.plan(3, local("2026-11-28 03:00")), 2)) == [
        ("Mon 08:00", "ana", ("ana",)),
        ("Mon 16:00", "ana", ("ana",)),
    ]


@pytest.mark.parametrize(
    "start", ["2026-03-08 01:50", "2026-11-01 00:50", "2026-12-25 03:00", "2028-02-29 23:50"]
)
def test_an_urgent_case_keeps_its_pace_in_any_night(policy: Policy, start: str) -> None:
    begun = local(start)
    waited = [page.at - begun for page in islice(policy.plan(1, begun), 6)]
    assert waited == [timedelta(minutes=minutes) for minutes in (0, 5, 10, 20, 35, 50)]


def test_a_ladder_that_does_not_repeat_ends() -> None:
    policy = policy_of(
        changed(
            ("      - {after: 0 min, page: ana}\n    then_every: 8 h", "      - {after: 0 min, page: ana}")
        )
    )
    assert len(list(policy.plan(3, local("2026-11-24 10:00")))) == 1
    assert policy.page_after(3, local("2026-11-24 10:00"), 1) is None


def test_whom_the_repeats_page_can_be_said() -> None:
    policy = policy_of(changed(("then_every: 15 min", "then_every: 15 min\n    then_page: [on_call, ben]")))
    fifth = policy.page_after(1, local("2026-11-30 09:00"), 4)
    assert fifth is not None and (fifth.step, fifth.person_ids) == ("on_call+ben", ("ben",))


def test_pages_due_are_those_whose_time_has_come(policy: Policy) -> None:
    start = local("2026-11-25 23:10")
    assert [page.number for page in policy.pages_due(1, start, 0, start)] == [1]
    assert [page.number for page in policy.pages_due(1, start, 1, start + timedelta(minutes=10))] == [2, 3]
    assert policy.pages_due(1, start, 3, start + timedelta(minutes=19, seconds=59)) == ()


def test_an_unknown_tier_and_a_naive_moment_are_refused(policy: Policy) -> None:
    with pytest.raises(ValueError, match="no tier 4"):
        policy.page_after(4, local("2026-11-25 23:10"), 0)
    with pytest.raises(ValueError, match="time zone"):
        next(policy.plan(1, datetime(2026, 1, 1)))


def test_a_policy_shows_no_address() -> None:
    assert "secret" not in repr(policy_of())


moments = st.datetimes(datetime(2026, 11, 23), datetime(2031, 12, 31), timezones=st.just(UTC))
# Around the nights in which some clock is put forward or back, and a leap day.
nights = st.builds(
    lambda day, minutes: datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=minutes),
    st.sampled_from(
        [
            date(2027, 3, 14),
            date(2027, 11, 7),
            date(2027, 4, 4),
            date(2027, 10, 3),
            date(2027, 9, 5),
            date(2028, 2, 29),
        ]
    ),
    st.integers(-1440, 2880),
)
zones = st.sampled_from(
    [
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Africa/Cairo",
        "America/Havana",
    ]
)
clocks = st.tuples(st.integers(0, 23), st.sampled_from([0, 30, 59])).map(
    lambda one: f"{one[0]:02}:{one[1]:02}"
)


@given(st.integers(1, 3), moments | nights)
@settings(max_examples=150)
def test_a_plan_is_in_order_and_its_numbers_have_no_gaps(policy: Policy, tier: int, start: datetime) -> None:
    pages = list(islice(policy.plan(tier, start), 25))
    assert [page.number for page in pages] == list(range(1, 26))
    assert all(one.at < other.at for one, other in zip(pages, pages[1:], strict=False))
    assert pages[0].at >= start and all(page.at.tzinfo is UTC for page in pages)
    assert [policy.page_after(tier, start, page.number - 1) for page in pages] == pages
    assert policy.pages_due(tier, start, 3, pages[-1].at) == tuple(pages[3:])


@given(moments | nights)
def test_tier_1_never_waits(policy: Policy, start: datetime) -> None:
    delays = [page.at - start for page in islice(policy.plan(1, start), 40)]
    assert delays == [timedelta(minutes=m) for m in (0, 5, 10, 20, *range(35, 20 + 15 * 37, 15))]


@given(st.integers(2, 3), moments | nights)
def test_other_tiers_page_only_in_the_hours_they_wait_for(policy: Policy, tier: int, start: datetime) -> None:
    office = policy.hours["office"]
    assert all(office.open_at(page.at) for page in islice(policy.plan(tier, start), 12))


@st.composite
def rotas(draw: st.DrawFn) -> str:
    """A policy whose on-call duty is made of anything; often with gaps."""
    shifts = draw(
        st.lists(
            st.builds(
                lambda who, days, begins, ends, holidays: (
                    f"      - {{who: {who}, days: {days}, hours: {begins}-{ends}, holidays: {holidays}}}\n"
                ),
                st.sampled_from(["ana", "[ana, dana]", "doctors", "next in doctors"]),
                st.sampled_from(["every day", "Mon-Fri", "weekends", "Fri-Mon", "[Tue, Thu]"]),
                clocks,
                clocks,
                st.sampled_from(["included", "excluded", "only"]),
            ),
            min_size=1,
            max_size=3,
        )
    )
    whole = draw(clocks)
    if draw(st.booleans()):  # one that covers everything, so that not all have gaps
        shifts.append(
            f"      - {{who: {draw(st.sampled_from(['ben', 'doctors']))}, hours: {whole}-{whole}}}\n"
        )
    elif draw(st.booleans()):
        shifts.append(
            f"      - {{who: [ben], hours: {whole}-23:59}}\n      - {{who: ana, hours: 23:59-{whole}}}\n"
        )
    absences = draw(
        st.lists(
            st.builds(
                lambda who, day, hour, lasts, instead: (
                    f"  - {{who: {who}, from: {day} {hour}, until: {day + timedelta(days=lasts)}{instead}}}\n"
                ),
                st.sampled_from(["ana", "ben"]),
                st.dates(date(2027, 3, 1), date(2027, 11, 10)),
                clocks,
                st.integers(1, 60),
                st.sampled_from(["", ", instead: dana"]),
            ),
            max_size=2,
        )
    )
    hand_over = draw(st.sampled_from(["daily", "every 3 days", "weekly on Monday", "every 2 weeks on Mon"]))
    return changed(
        ("America/New_York", draw(zones)),
        ("weekly on Monday at 08:00", f"{hand_over} at {draw(clocks)}"),
        ("  on_call: {who: doctors}\n", "  on_call:\n    shifts:\n" + "".join(shifts)),
        ("hours:\n  office", ("absences:\n" + "".join(absences) if absences else "") + "hours:\n  office"),
    )


@given(rotas(), st.lists(moments | nights, min_size=5, max_size=15))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_moment_of_a_checked_policy_reaches_somebody(text: str, starts: list[datetime]) -> None:
    try:
        policy = policy_of(text)
    except PolicyError as error:
        assert all("would reach nobody" in problem.text for problem in error.problems), error
        assume(False)
        raise
    edges = [absence.start for absence in policy.roster.absences] + [
        absence.end for absence in policy.roster.absences
    ]
    for day in (date(2027, 3, 14), date(2027, 11, 7), date(2027, 4, 4), date(2027, 10, 3)):
        edges += [instant(day, minute, policy.zone) for minute in range(0, 240, 30)]
    for start in [*starts, *edges, *(edge - timedelta(seconds=1) for edge in edges)]:
        first = next(policy.plan(1, start))
        assert first.at == start
        assert reached(policy, first), (text, start)


def reached(policy: Policy, page: PlannedPage) -> bool:
    return any(policy.people[person].ways(1) for person in page.person_ids)


@given(rotas())
@settings(max_examples=60, deadline=None)
def test_a_gap_that_is_refused_is_one(text: str) -> None:
    """What is refused for a gap in any usual week has moments with nobody on duty."""
    try:
        policy_of(text)
        return
    except PolicyError as error:
        usual = [
            one for one in error.problems if one.place.startswith("duties") and "holiday" not in one.text
        ]
    assume(usual)
    # The same policy with somebody else to page as well, so that it loads.
    lenient = policy_of(
        changed(("{after: 0 min, page: on_call}", "{after: 0 min, page: [on_call, dana]}"), text=text)
    )
    begin = datetime(2027, 1, 1, tzinfo=UTC)
    assert gaps(lenient.roster, ("on_call",), begin, begin + timedelta(weeks=5))


def test_the_sound_policy_stays_sound() -> None:
    assert policy_of(SOUND).warnings == ()
