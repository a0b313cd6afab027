"""Figures on what was asked and what came of it, from made-up conversations on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from bot.conversations.rating import HELPED, MISSED
from bot.database import Database
from bot.insight.period import Period
from bot.insight.talk_figures import Day, SampleReview, TalkFigures, TopicCount, talk_figures
from bot.understanding.reading import Reading
from tests.contract.insight.test_case_figures import empty
from tests.support.timelines import MadeUp
from tests.support.world import rows

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
WEEK = Period(date(2026, 11, 2), date(2026, 11, 8))
MUCH_LATER = START + timedelta(days=30)


@pytest.fixture
def made_up(database: Database) -> Iterator[MadeUp]:
    empty(database)
    yield MadeUp(database, START)


def figures(database: Database, now: datetime = MUCH_LATER) -> TalkFigures:
    with database.transaction() as session:
        return talk_figures(session, WEEK, now)


def read(intent: str, *topics: str, uncovered: bool = False, clarify: str | None = None) -> Reading:
    return Reading("words", intent, 0.9, topics=topics, uncovered=uncovered, clarify=clarify)


def asked(made_up: MadeUp, reading: Reading | None, minutes: float = 0.0) -> UUID:
    """A message in a conversation of its own, with its answer."""
    conversation = made_up.conversation()
    message = made_up.wrote(conversation, "words", minutes, reading=reading)
    made_up.said(conversation, message, minutes)
    return conversation


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        (read("faq", "alcohol"), "answered"),
        (read("ask_topic", "alcohol"), "answered"),
        (read("follow_up", "alcohol"), "answered"),
        (read("personal_dose"), "answered"),
        (read("faq", "alcohol", uncovered=True), "in_part"),
        (read("not_in_source"), "refused"),
        (read("out_of_scope"), "refused"),
        (read("other_language"), "refused"),
        (read("unsure"), "asked_back"),
        (read("clarify_concern", clarify="concern_mood"), "asked_back"),
        (read("faq", "alcohol", clarify="concern_mood"), "asked_back"),
        (read("unread"), "failed"),
        (read("thanks"), "talk"),
        (read("provide_contact"), "talk"),
        (None, "deleted"),
    ],
)
def test_every_message_has_one_outcome(
    made_up: MadeUp, database: Database, reading: Reading | None, outcome: str
) -> None:
    asked(made_up, reading)
    found = figures(database).outcomes
    assert {name for name, count in found.items() if count} == {outcome}
    assert found[outcome] == 1


def test_a_concern_is_no_question_whatever_it_asks_beside(made_up: MadeUp, database: Database) -> None:
    made_up.wrote(made_up.conversation(), "words", reading=read("faq", "alcohol"), concern="concern_mood")
    assert figures(database).outcomes["concern"] == 1


def test_what_was_written_to_a_clinician_is_no_question_to_the_assistant(
    made_up: MadeUp, database: Database
) -> None:
    made_up.wrote(made_up.conversation(), "words", reading=read("not_in_source"), custom={"held": True})
    found = figures(database)
    assert found.outcomes["to_clinician"] == sum(found.outcomes.values()) == 1
    assert not any(found.drop_offs.values())


def test_no_answer_and_an_apology_are_faults(made_up: MadeUp, database: Database) -> None:
    made_up.wrote(made_up.conversation(), "words", reading=read("faq", "alcohol"), answered=False)
    conversation = made_up.conversation()
    message = made_up.wrote(conversation, "words", reading=read("faq", "alcohol"))
    made_up.said(conversation, message, kind="apology")
    assert figures(database).outcomes["failed"] == 2


def test_a_press_that_rates_is_no_message(made_up: MadeUp, database: Database) -> None:
    conversation = asked(made_up, read("faq", "alcohol"))
    made_up.wrote(
        conversation,
        "This helped",
        1,
        reading=read("rate"),
        kind="button",
        custom={"rates": "x", "rate": True},
    )
    found = figures(database)
    assert (found.messages, sum(found.outcomes.values())) == (1, 1)


def test_days_without_messages_are_days_too(made_up: MadeUp, database: Database) -> None:
    conversation = made_up.conversation()
    for minutes in (0.0, 5.0, 3 * 24 * 60):
        made_up.wrote(conversation, "words", minutes, reading=read("greet"))
    made_up.wrote(made_up.conversation(), "words", 0, reading=read("greet"))
    made_up.wrote(made_up.conversation(), "words", 7 * 24 * 60, reading=read("greet"))
    found = figures(database)
    assert found.days[:4] == (
        Day(date(2026, 11, 2), 3, 2),
        Day(date(2026, 11, 3), 0, 0),
        Day(date(2026, 11, 4), 0, 0),
        Day(date(2026, 11, 5), 1, 1),
    )
    assert (len(found.days), found.messages, found.conversations) == (7, 4, 2)


def test_topics_with_what_patients_thought_of_them(made_up: MadeUp, database: Database) -> None:
    conversation = made_up.conversation()
    first = made_up.wrote(conversation, "words", 0, reading=read("faq", "alcohol", "liver"))
    answer = made_up.said(conversation, first, topics=["alcohol", "liver"], buttons=[HELPED, MISSED])
    made_up.wrote(conversation, "words", 1, reading=read("faq", "alcohol"))
    made_up.rated(answer, helpful=False, minutes=2)
    found = figures(database)
    assert found.topics == (TopicCount("alcohol", 2, 1, 0, 1), TopicCount("liver", 1, 1, 0, 1))
    assert (found.helped, found.missed, found.asked) == (0, 1, 1)


@pytest.mark.parametrize(
    ("reading", "drop_off"),
    [(read("not_in_source"), "refused"), (read("unsure"), "asked_back"), (read("unread"), "failed")],
)
def test_who_leaves_without_help_has_dropped_off(
    made_up: MadeUp, database: Database, reading: Reading, drop_off: str
) -> None:
    asked(made_up, reading)
    found = figures(database)
    assert ({name for name, count in found.drop_offs.items() if count}, found.over) == ({drop_off}, 1)


def test_who_asks_again_is_answered_by_a_clinician_or_may_still_be_there_has_not(
    made_up: MadeUp, database: Database
) -> None:
    again = asked(made_up, read("not_in_source"))
    made_up.wrote(again, "words", 2, reading=read("faq", "alcohol"))
    helped = asked(made_up, read("not_in_source"))
    made_up.said(helped, None, 60, author="clinician", kind="note")
    asked(made_up, read("unsure"), minutes=300)
    found = figures(database, now=START + timedelta(minutes=330))
    assert not any(found.drop_offs.values())
    # The one whom a clinician answered and the one who may still be there count as neither over nor dropped off.
    assert found.over == 1


def test_a_rating_at_the_end_does_not_hide_a_drop_off(made_up: MadeUp, database: Database) -> None:
    conversation = asked(made_up, read("not_in_source"))
    made_up.wrote(
        conversation, "Not what I asked", 1, kind="button", reading=read("rate"), custom={"rates": "x"}
    )
    assert figures(database).drop_offs["refused"] == 1


def test_samples_are_counted_in_their_weeks(made_up: MadeUp, database: Database) -> None:
    for number, (monday, concern) in enumerate(
        [(date(2026, 11, 2), None), (date(2026, 11, 2), "concern_mood"), (date(2026, 10, 19), None)]
    ):
        message = made_up.wrote(made_up.conversation(), "words", number, reading=read("greet"))
        rows(
            database,
            "INSERT INTO review_samples (message_id, week, text, concern, reviewed_by, reviewed_at)"
            " VALUES (:m, :week, 'words', :concern, :by, :at) RETURNING 1",
            m=message,
            week=monday,
            concern=concern,
            by="lee@clinic.example" if concern else None,
            at=START if concern else None,
        )
    try:
        assert figures(database).samples == SampleReview(picked=2, reviewed=1, missed_concerns=1)
    finally:
        rows(database, "DELETE FROM review_samples RETURNING 1")


def test_nothing_at_all(made_up: MadeUp, database: Database) -> None:
    found = figures(database)
    assert (found.messages, found.conversations, found.topics, found.over) == (0, 0, (), 0)
