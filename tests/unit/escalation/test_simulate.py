"""The time line of a case that nobody acknowledges."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.escalation.policy import Policy
from bot.escalation.simulate import Simulation, simulate
from tests.support.policies import changed, local, policy_of

UTC = timezone.utc


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_of()


def lines(simulation: Simulation, *kinds: str) -> list[str]:
    zone = simulation.policy.zone
    return [
        f"{one.at.astimezone(zone):%a %H:%M} {one.text or one.number}"
        for one in simulation.happenings
        if one.what in kinds
    ]


def test_pages_say_who_for_what_and_how_but_no_address(policy: Policy) -> None:
    found = simulate(policy, 1, local("2026-11-26 23:40"), timedelta(hours=1))
    fifth = next(one for one in found.happenings if one.number == 5)
    assert [(paged.name, paged.duties, paged.ways) for paged in fifth.paged] == [
        ("Dr Ana Silva", ("on_call",), (("push", "Ana's phone"),)),
        ("Dr Ben Osei", ("backup",), (("push", "push message"),)),
        ("Dana Kim", ("lead",), (("call", "phone call"),)),
    ]
    assert "push.example" not in repr(found.happenings) and "secret" not in repr(found)


def test_ways_are_those_of_the_tier(policy: Policy) -> None:
    found = simulate(policy, 2, local("2026-12-01 09:00"), timedelta(hours=1))
    assert found.happenings[0].paged[0].ways == (("push", "push message"), ("mail", "mail"))


def test_hand_overs_hours_and_the_deadline_are_between_the_pages(policy: Policy) -> None:
    found = simulate(policy, 2, local("2026-11-27 16:30"), timedelta(days=3))
    assert lines(found, "opens", "closes", "hand_over", "deadline") == [
        "Fri 18:00 office hours end; pages of this tier wait",
        "Fri 18:00 backup: Dana Kim → Dr Ben Osei",
        "Sat 00:30 deadline: if nobody has acknowledged, the patient is told so, and whom to call",
        "Mon 08:00 office hours begin",
        "Mon 08:00 on call: Dr Ana Silva → Dr Ben Osei",
        "Mon 08:00 backup: Dr Ben Osei → Dana Kim",
    ]


def test_the_deadline_comes_after_the_page_of_the_same_moment(policy: Policy) -> None:
    found = simulate(policy, 1, local("2026-11-26 23:10"), timedelta(minutes=20))
    assert [(one.what, one.number) for one in found.happenings][-2:] == [("page", 4), ("deadline", 0)]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-10-31 23:00", "Sun 01:00 clocks go back by 1 h"),
        ("2026-03-07 23:00", "Sun 03:00 clocks go forward by 1 h"),
    ],
)
def test_a_change_of_clocks_is_shown(policy: Policy, start: str, expected: str) -> None:
    assert lines(simulate(policy, 1, local(start), timedelta(hours=6)), "clocks") == [expected]


def test_a_page_that_reaches_nobody_has_nobody() -> None:
    policy = policy_of(changed(("    otherwise: next in doctors\n", "")))
    found = simulate(policy, 1, local("2026-11-26 23:10"), timedelta(minutes=15))
    assert [one.paged for one in found.happenings if one.step == "backup"] == [()]


@pytest.mark.parametrize("hours", [0, -1, 24 * 31 + 1])
def test_a_span_that_is_none_is_refused(policy: Policy, hours: int) -> None:
    with pytest.raises(ValueError, match="31 days"):
        simulate(policy, 1, local("2026-11-26 23:10"), timedelta(hours=hours))


@given(
    st.integers(1, 3),
    st.datetimes(datetime(2026, 11, 23), datetime(2029, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 72),
)
@settings(max_examples=60, deadline=None)
def test_a_time_line_is_in_order_and_holds_exactly_the_pages_of_the_plan(
    policy: Policy, tier: int, start: datetime, hours: int
) -> None:
    found = simulate(policy, tier, start, timedelta(hours=hours))
    moments = [one.at for one in found.happenings]
    assert moments == sorted(moments) and all(start <= at <= found.until for at in moments)
    planned = policy.pages_due(tier, start, 0, found.until)
    assert [(one.number, one.at, one.step) for one in found.happenings if one.number] == [
        (page.number, page.at, page.step) for page in planned
    ]
    assert [[paged.id for paged in one.paged] for one in found.happenings if one.number] == [
        list(page.person_ids) for page in planned
    ]
