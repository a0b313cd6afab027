"""The weekly sample: which messages are picked, what reviewers make of them, and that they go with the conversation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from bot.conversations import repository
from bot.database import Database
from bot.insight import samples
from bot.insight.samples import NoConcern, SampleGone, pick, week_of
from bot.jobs.wiring import worker_parts
from bot.settings import Settings
from bot.understanding.reading import Reading
from tests.contract.insight.test_case_figures import empty
from tests.support.reader import DATA
from tests.support.timelines import MadeUp
from tests.support.world import rows

MONDAY = datetime(2026, 11, 16, 0, 0, tzinfo=timezone.utc)
"""Of the week that is over."""
NOW = MONDAY + timedelta(days=8)
HELLO = Reading("hello", "greet", 0.9)


@pytest.fixture
def made_up(database: Database) -> Iterator[MadeUp]:
    rows(database, "DELETE FROM review_samples RETURNING 1")
    empty(database)
    yield MadeUp(database, MONDAY)


def picked(database: Database, size: int = 20, now: datetime = NOW) -> int:
    with database.transaction() as session:
        return pick(session, size, now)


def sampled(database: Database) -> list[UUID]:
    return [
        row.message_id for row in rows(database, "SELECT message_id FROM review_samples ORDER BY message_id")
    ]


def many(made_up: MadeUp, count: int, minutes: float = 60.0) -> list[UUID]:
    conversation = made_up.conversation()
    return [made_up.wrote(conversation, f"hello {n}", minutes + n, reading=HELLO) for n in range(count)]


def test_messages_of_the_week_that_is_over_which_raised_no_flag(made_up: MadeUp, database: Database) -> None:
    conversation = made_up.conversation()
    wanted = made_up.wrote(conversation, "hello", 5, reading=HELLO)
    made_up.wrote(conversation, "so low", 6, reading=HELLO, concern="concern_mood")
    doubt = Reading("words", "clarify_concern", 1.0, clarify="concern_mood")
    made_up.wrote(conversation, "am i depressed", 7, reading=doubt)
    made_up.wrote(conversation, "This helped", 8, reading=HELLO, kind="button")
    made_up.wrote(conversation, "to a clinician", 9, reading=HELLO, custom={"held": True})
    made_up.said(conversation, wanted, 9)
    made_up.wrote(conversation, "this week", 7 * 24 * 60, reading=HELLO)
    made_up.wrote(conversation, "long ago", -5 * 7 * 24 * 60, reading=HELLO)
    made_up.wrote(made_up.conversation(deleted=True), "deleted", 5, reading=HELLO)
    assert picked(database) == 1
    assert sampled(database) == [wanted]
    (row,) = rows(database, "SELECT week FROM review_samples")
    assert row.week == date(2026, 11, 16) == week_of(date(2026, 11, 22))


def test_the_same_ones_each_time_as_many_as_asked_for(made_up: MadeUp, database: Database) -> None:
    everything = many(made_up, 40)
    assert picked(database, 5) == 5
    first = sampled(database)
    assert picked(database, 5) == 0
    rows(database, "DELETE FROM review_samples RETURNING 1")
    assert picked(database, 5) == 5
    assert sampled(database) == first
    assert picked(database, 8) == 3
    assert set(first) < set(sampled(database)) < set(everything)
    assert picked(database, 0) == 0


def test_two_workers_at_once_pick_no_more(made_up: MadeUp, database: Database) -> None:
    many(made_up, 30)
    workers = [threading.Thread(target=picked, args=(database, 10)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sampled(database)) == 10


def test_what_names_or_reaches_the_patient_is_not_copied(made_up: MadeUp, database: Database) -> None:
    text = "my name is Anna Berg, call +1 202 555 0123 or anna@example.com"
    made_up.wrote(made_up.conversation(), text, 5, reading=HELLO)
    picked(database)
    (row,) = rows(database, "SELECT text FROM review_samples")
    assert not any(word in row.text for word in ("Anna", "555", "example.com"))


def test_samples_go_with_the_conversation_and_are_replaced(made_up: MadeUp, database: Database) -> None:
    many(made_up, 3)
    others = many(made_up, 3)
    picked(database, 6)
    with database.transaction() as session:
        repository.erase(session, made_up.conversations[0], NOW)
    assert set(sampled(database)) == set(others)
    assert picked(database, 6) == 0


def test_nothing_is_copied_out_of_a_conversation_that_is_just_being_deleted(
    made_up: MadeUp, database: Database
) -> None:
    many(made_up, 1)
    conversation = made_up.conversations[0]
    result: list[int] = []
    with database.transaction() as session:
        repository.conversation(session, conversation, lock=True)
        worker = threading.Thread(target=lambda: result.append(picked(database)))
        worker.start()
        worker.join(0.5)
        assert worker.is_alive()  # it waits for the deletion
        repository.erase(session, conversation, NOW)
    worker.join(10)
    assert result == [0]
    assert sampled(database) == []


def one(made_up: MadeUp, database: Database, text: str = "I think about ending it") -> UUID:
    message = made_up.wrote(made_up.conversation(), text, 5, reading=HELLO)
    picked(database)
    return message


def test_a_label_is_kept_with_its_reviewer_and_may_be_changed(made_up: MadeUp, database: Database) -> None:
    message = one(made_up, database)
    with database.transaction() as session:
        assert samples.next_unread(session) == message
        samples.label(session, message, ["faq/alcohol"], None, "lee@clinic.example", NOW)
        samples.label(session, message, [], "concern_suicidal", "kim@clinic.example", NOW)
        found = samples.by_id(session, message)
        assert samples.next_unread(session) is None
    assert (found.labels, found.concern, found.reviewed_by) == ((), "concern_suicidal", "kim@clinic.example")
    assert found.needs_case


def test_a_missed_concern_becomes_a_case_once(made_up: MadeUp, database: Database) -> None:
    message = one(made_up, database)
    with database.transaction() as session:
        with pytest.raises(NoConcern):
            samples.open_case(session, message, "lee@clinic.example", NOW)
        samples.label(session, message, [], "concern_suicidal", "lee@clinic.example", NOW)
        opened = samples.open_case(session, message, "lee@clinic.example", NOW, ("slack",))
        again = samples.open_case(session, message, "lee@clinic.example", NOW, ("slack",))
        found = samples.by_id(session, message)
    assert (opened.case.category, opened.case.tier, opened.case.evidence) == (
        "concern_suicidal",
        1,
        "I think about ending it",
    )
    assert (opened.is_new, again.is_new, again.case.id) == (True, False, opened.case.id)
    assert (found.case, found.needs_case) == (opened.case.reference, False)
    events = rows(database, "SELECT kind, actor FROM case_events WHERE case_id = :c", c=opened.case.id)
    assert [(event.kind, event.actor) for event in events] == [("opened", "lee@clinic.example")]
    alerts = rows(database, "SELECT key FROM deliveries WHERE case_id = :c", c=opened.case.id)
    assert len(alerts) == 1
    rows(database, "DELETE FROM deliveries RETURNING 1")


def test_what_is_gone_is_gone(made_up: MadeUp, database: Database) -> None:
    message = one(made_up, database)
    with database.transaction() as session:
        samples.label(session, message, [], "concern_mood", "lee@clinic.example", NOW)
        repository.erase(session, made_up.conversations[0], NOW)
    for attempt in (
        lambda session: samples.by_id(session, message),
        lambda session: samples.label(session, message, [], None, "lee@clinic.example", NOW),
        lambda session: samples.open_case(session, message, "lee@clinic.example", NOW),
        lambda session: samples.open_case(session, uuid4(), "lee@clinic.example", NOW),
    ):
        with database.transaction() as session, pytest.raises(SampleGone):
            attempt(session)


def test_the_worker_picks_them_by_itself(made_up: MadeUp, database: Database) -> None:
    many(made_up, 9)
    settings = Settings(database_url=database.url, rasa_token="x" * 32, data_dir=DATA, sample_size=4)
    parts = worker_parts(settings, httpx.AsyncClient(trust_env=False))
    try:
        chore = next(chore for chore in parts.chores if chore.name == "weekly sample")
        assert chore.run(NOW) == 4
        assert chore.run(NOW) == 0
    finally:
        parts.database.dispose()


def test_after_days_without_a_worker_the_weeks_are_filled_up(made_up: MadeUp, database: Database) -> None:
    many(made_up, 3)
    many(made_up, 3, minutes=-2 * 7 * 24 * 60)
    assert picked(database, 2) == 4
    weeks = {row.week for row in rows(database, "SELECT week FROM review_samples")}
    assert weeks == {date(2026, 11, 16), date(2026, 11, 2)}


def test_reviewed_ones_come_out_in_the_order_of_their_review(made_up: MadeUp, database: Database) -> None:
    messages = many(made_up, 3)
    picked(database)
    with database.transaction() as session:
        for number, message in enumerate(messages[:2]):
            samples.label(session, message, [], None, "lee@clinic.example", NOW - timedelta(hours=number))
        assert [found.message_id for found in samples.reviewed(session)] == [messages[1], messages[0]]
        assert len(samples.listed(session)) == 3
        session.execute(sa.delete(repository.review_samples))
