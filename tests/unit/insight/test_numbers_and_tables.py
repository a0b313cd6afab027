"""Figures in words, and as tables: no shares and percentiles of too few."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.words import CATEGORIES, TIERS
from bot.insight import tables
from bot.insight.case_figures import BREACHES, STEPS, Breach, CaseCount, CaseFigures, WaitTimes
from bot.insight.numbers import FEWEST, TOO_FEW, duration, share, share_words
from bot.insight.talk_figures import OUTCOMES, UNHELPED, Day, SampleReview, TalkFigures, TopicCount


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (59 * 60 + 31, "1 h"),
        (3600 + 300, "1 h 5 min"),
        (24 * 3600 - 20, "1 d"),
        (76 * 3600, "3 d 4 h"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_share_of_fewer_than_five(part: int, whole: int) -> None:
    part = min(part, whole)
    found = share(part, whole)
    assert (found is None) == (whole < FEWEST)
    assert found is None or 0 <= found <= 100
    assert (share_words(part, whole) == TOO_FEW) == (found is None)


def wait(tier: int, reached: int) -> WaitTimes:
    return WaitTimes(tier, "acknowledged", reached + 1, reached, 1, 60.0, 600.0, 900.0)


CASES = CaseFigures(
    counts=(
        CaseCount("concern_mood", 2, "widget", "contacted", 3),
        CaseCount("concern_mood", 1, "slack", "", 1),
        CaseCount("concern_pregnancy", 1, "widget", "", 2),
    ),
    waits=(wait(1, 4), wait(2, 5)),
    breaches=(Breach("lapsed", 1, 3, 2),),
    overtaken=0,
)
TALK = TalkFigures(
    days=(Day(date(2026, 11, 2), 4, 2),),
    outcomes={**dict.fromkeys(OUTCOMES, 0), "answered": 6, "refused": 2, "talk": 9},
    topics=(TopicCount("alcohol", 4, 2, 1, 0), TopicCount("unheard_of", 1, 1, 0, 0)),
    conversations=2,
    over=4,
    drop_offs={**dict.fromkeys(UNHELPED, 0), "refused": 1},
    helped=4,
    missed=1,
    asked=20,
    samples=SampleReview(20, 10, 1),
)


def test_categories_by_urgency() -> None:
    found = tables.categories(CASES)
    assert found.rows == (
        (CATEGORIES["concern_mood"], 4, 1, 3, 0, "67%"),
        (CATEGORIES["concern_pregnancy"], 2, 2, 0, 0, "33%"),
    )


def test_tiers_come_in_their_order() -> None:
    assert [row[:2] for row in tables.tiers(CASES).rows] == [("Now (tier 1)", 3), ("Same day (tier 2)", 3)]


def test_percentiles_of_too_few_are_not_given_the_longest_is() -> None:
    few, enough = tables.waits(CASES).rows
    assert few == ("Now (tier 1): acknowledged", 5, 4, 1, TOO_FEW, TOO_FEW, "15 min")
    assert enough == ("Same day (tier 2): acknowledged", 6, 5, 1, "1 min", "10 min", "15 min")


def test_breaches_that_did_not_happen_are_in_the_table() -> None:
    rows = {row[0]: row[1:] for row in tables.breaches(CASES).rows}
    assert rows["Acknowledgement lapsed"] == (3, 2, 3, 0, 0)
    assert rows["Nobody to page"] == (0, 0, 0, 0, 0)
    assert set(tables.BREACH_WORDS) == set(BREACHES)


def test_shares_are_of_questions_only() -> None:
    rows = {row[0]: row[1:] for row in tables.outcomes(TALK).rows}
    assert (rows["Answered"], rows["Not covered"], rows["No question"]) == ((6, "75%"), (2, "25%"), (9, "–"))
    assert set(tables.OUTCOME_WORDS) == set(OUTCOMES) and set(tables.DROP_OFF_WORDS) == set(UNHELPED)


def test_topics_have_their_titles() -> None:
    found = tables.topics(TALK, {"alcohol": "Alcohol"})
    assert [row[0] for row in found.rows] == ["Alcohol", "unheard_of"]


def test_every_table_has_a_name_of_its_own_and_rows_as_wide_as_its_head() -> None:
    found = tables.all_tables(CASES, TALK, {})
    assert len(found) == 12
    for name, table in found.items():
        assert table.name == name and name.replace("-", "").isalpha()
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_every_step_has_words() -> None:
    assert set(tables.STEP_WORDS) == set(STEPS) and set(TIERS) == {1, 2, 3}
