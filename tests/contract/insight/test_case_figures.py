"""Figures on cases, from made-up timelines on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.database import Database
from bot.insight.case_figures import Breach, CaseFigures, WaitTimes, case_figures
from bot.insight.period import Period
from tests.support.timelines import Happening, MadeUp

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
WEEK = Period(date(2026, 11, 2), date(2026, 11, 8))
MINUTE = 60.0


@pytest.fixture
def made_up(database: Database) -> Iterator[MadeUp]:
    """An empty clinic: nobody may change a trail, so the tables are emptied with the guards off."""
    empty(database)
    yield MadeUp(database, START)


def empty(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in ("case_events", "cases", "ratings", "unanswered_questions", "messages", "conversations"):
            session.execute(sa.text(f"DELETE FROM {table}"))


def figures(database: Database, period: Period = WEEK) -> CaseFigures:
    with database.transaction() as session:
        return case_figures(session, period)


def times(found: CaseFigures, tier: int, step: str) -> WaitTimes:
    return next(wait for wait in found.waits if (wait.tier, wait.step) == (tier, step))


def test_cases_are_counted_by_what_they_are(made_up: MadeUp, database: Database) -> None:
    made_up.case(1, category="concern_pregnancy")
    made_up.case(2, category="concern_mood", resolution="contacted")
    made_up.case(2, category="concern_mood", resolution="contacted", channel="slack")
    made_up.case(2, category="concern_mood", minutes=-1 - 9 * 60)  # the evening before
    found = figures(database)
    assert found.total == 3
    assert {(c.category, c.tier, c.channel, c.resolution): c.count for c in found.counts} == {
        ("concern_pregnancy", 1, "widget", ""): 1,
        ("concern_mood", 2, "widget", "contacted"): 1,
        ("concern_mood", 2, "slack", "contacted"): 1,
    }


def test_each_step_is_timed_from_the_opening_to_the_first_time_that_it_was_taken(
    made_up: MadeUp, database: Database
) -> None:
    made_up.case(
        1,
        [
            ("paged", 0),
            ("page_sent", 1),
            ("notified", 1),
            ("page_sent", 5),
            ("acknowledged", 8),
            ("in_progress", 12),
            ("replied", 20),
            ("replied", 30),
        ],
    )
    found = figures(database)
    for step, minutes in (("notified", 1), ("acknowledged", 8), ("started", 12), ("contacted", 20)):
        assert times(found, 1, step).median == minutes * MINUTE
        assert (times(found, 1, step).waits, times(found, 1, step).reached) == (1, 1)


def test_a_case_resolved_as_contacted_was_contacted_then_another_resolution_was_not(
    made_up: MadeUp, database: Database
) -> None:
    made_up.case(2, [("acknowledged", 5), ("resolved", 60)], resolution="contacted")
    made_up.case(3, [("acknowledged", 5), ("resolved", 60)], resolution="false_positive")
    found = figures(database)
    assert times(found, 2, "contacted").median == 60 * MINUTE
    assert (times(found, 3, "contacted").reached, times(found, 3, "contacted").open_still) == (0, 0)


def test_an_acknowledgement_that_lapsed_does_not_count(made_up: MadeUp, database: Database) -> None:
    made_up.case(1, [("acknowledged", 4), ("lapsed", 34), ("acknowledged", 40)])
    made_up.case(2, [("acknowledged", 4), ("lapsed", 34)])
    found = figures(database)
    assert times(found, 1, "acknowledged").median == 40 * MINUTE
    assert (times(found, 2, "acknowledged").reached, times(found, 2, "acknowledged").open_still) == (0, 1)


@pytest.mark.parametrize("act", ["in_progress", "replied", "note_added"])
def test_it_counts_when_something_was_done_before_the_lapse(
    made_up: MadeUp, database: Database, act: str
) -> None:
    made_up.case(1, [("acknowledged", 4), (act, 6), ("lapsed", 36), ("acknowledged", 40)])
    assert times(figures(database), 1, "acknowledged").median == 4 * MINUTE


def test_a_reopened_case_is_timed_again_from_its_reopening(made_up: MadeUp, database: Database) -> None:
    made_up.case(
        2,
        [
            ("acknowledged", 10),
            ("resolved", 20, {"resolution": "contacted"}),
            ("reopened", 600),
            ("acknowledged", 630),
        ],
    )
    found = times(figures(database), 2, "acknowledged")
    assert (found.waits, found.reached, found.median, found.longest) == (2, 2, 20 * MINUTE, 30 * MINUTE)
    contacted = times(figures(database), 2, "contacted")
    assert (contacted.reached, contacted.median, contacted.open_still) == (1, 20 * MINUTE, 1)


def test_a_case_that_became_more_urgent_waits_anew_in_its_new_tier(
    made_up: MadeUp, database: Database
) -> None:
    made_up.case(
        1,
        [("acknowledged", 10), ("tier_raised", 50, {"from": 2, "to": 1}), ("acknowledged", 55)],
        opened_tier=2,
    )
    made_up.case(1, [("tier_raised", 30, {"from": 3, "to": 1})], opened_tier=3)
    found = figures(database)
    assert times(found, 2, "acknowledged").median == 10 * MINUTE
    assert times(found, 1, "acknowledged").median == 5 * MINUTE
    assert (times(found, 1, "acknowledged").waits, times(found, 1, "acknowledged").open_still) == (2, 1)
    # Overtaken before anybody had seen it: no time, and nobody still waits at the old tier.
    assert (times(found, 3, "acknowledged").reached, times(found, 3, "acknowledged").open_still) == (0, 0)
    assert found.overtaken == 1


def test_a_wait_belongs_to_the_days_in_which_it_began(made_up: MadeUp, database: Database) -> None:
    made_up.case(
        2,
        [
            ("acknowledged", 10),
            ("resolved", 20),
            ("reopened", 10 * 24 * 60),
            ("acknowledged", 10 * 24 * 60 + 3),
        ],
    )
    assert times(figures(database), 2, "acknowledged").waits == 1
    later = Period(date(2026, 11, 9), date(2026, 11, 15))
    assert times(figures(database, later), 2, "acknowledged").median == 3 * MINUTE
    assert figures(database, later).total == 0


def test_breaches_are_counted_by_kind_and_tier(made_up: MadeUp, database: Database) -> None:
    made_up.case(1, [("delivery_failed", 1), ("delivery_failed", 2), ("deadline_missed", 20)])
    made_up.case(1, [("nobody_to_page", 0), ("acknowledged", 3), ("lapsed", 33)])
    made_up.case(2, [("deadline_missed", 8 * 60)])
    made_up.case(2, [("deadline_missed", 30 * 24 * 60)])
    assert figures(database).breaches == (
        Breach("deadline_missed", 1, 1, 1),
        Breach("deadline_missed", 2, 1, 1),
        Breach("lapsed", 1, 1, 1),
        Breach("nobody_to_page", 1, 1, 1),
        Breach("delivery_failed", 1, 2, 1),
    )


def test_an_empty_clinic_has_empty_figures(made_up: MadeUp, database: Database) -> None:
    assert figures(database) == CaseFigures((), (), (), 0)


# --- the same against a plain reading of the rules


@dataclass(frozen=True)
class Made:
    tier: int
    happenings: tuple[Happening, ...]


KINDS = st.sampled_from(
    ["notified", "acknowledged", "lapsed", "in_progress", "replied", "note_added", "cue_added"]
)
CASES = st.lists(
    st.builds(
        Made,
        st.integers(2, 3),
        st.lists(st.tuples(KINDS, st.integers(0, 500).map(float)), max_size=6).map(
            lambda found: tuple(sorted(found, key=lambda item: item[1]))
        ),
    ),
    max_size=5,
)


def acknowledged_after(happenings: Sequence[Happening]) -> float | None:
    """Minutes until the first acknowledgement that held, read line by line."""
    for place, (kind, minutes, *_) in enumerate(happenings):
        if kind in ("in_progress", "replied"):
            return minutes
        if kind != "acknowledged":
            continue
        following = [found[0] for found in happenings[place + 1 :]]
        acts = [k for k in following if k in ("lapsed", "in_progress", "replied", "note_added")]
        if not acts or acts[0] != "lapsed":
            return minutes
    return None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=CASES)
def test_median_and_95th_percentile_are_those_of_the_waits(database: Database, cases: list[Made]) -> None:
    empty(database)
    made_up = MadeUp(database, START)
    for case in cases:
        made_up.case(case.tier, case.happenings)
    found = figures(database)
    for tier in (2, 3):
        waits = [acknowledged_after(case.happenings) for case in cases if case.tier == tier]
        if not waits:
            assert all(wait.tier != tier for wait in found.waits)
            continue
        held = [minutes * MINUTE for minutes in waits if minutes is not None]
        there = times(found, tier, "acknowledged")
        assert (there.waits, there.reached, there.open_still) == (
            len(waits),
            len(held),
            len(waits) - len(held),
        )
        if held:
            assert there.median == pytest.approx(np.percentile(held, 50))
            assert there.p95 == pytest.approx(np.percentile(held, 95))
            assert there.longest == max(held)
        else:
            assert (there.median, there.p95, there.longest) == (None, None, None)


def test_the_period_ends_with_its_last_day(made_up: MadeUp, database: Database) -> None:
    last = (WEEK.end - START).total_seconds() / MINUTE
    made_up.case(1, minutes=last - 0.01)
    made_up.case(1, minutes=last)
    assert figures(database).total == 1
    assert WEEK.end - WEEK.start == timedelta(days=7)
