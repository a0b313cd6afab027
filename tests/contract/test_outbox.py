"""The outbox on a real PostgreSQL, with a clock that tests turn: order, patience, giving up, leases, alarms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from bot.channels.sending import Blocked, Outgoing, Refused, TryLater
from bot.conversations import repository
from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Draft, Event
from bot.database import Database
from bot.jobs.deliveries import LONGEST_CALL_SECONDS, MOST_FAULTS, Courier
from bot.jobs.rescue import EVENTS_KEPT, keep_house
from bot.outbox import repository as outbox
from bot.outbox.patience import LEASE
from bot.outbox.values import Delivery, Parcel, Status, stream_of
from tests.support.reader import KeywordReader, rule_book
from tests.support.world import DISCLAIMER, PlainWords, rows, service_over

START = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Letters:
    """A channel that keeps what it sends; `fail` may raise first."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.fail: Callable[[Outgoing], None] = lambda outgoing: None
        self.repeated: list[bool] = []

    def parts(self, outgoing: Outgoing) -> Sequence[str]:
        text = outgoing.message.text if outgoing.message else outgoing.delivery.payload["text"]
        return str(text).split("|")

    async def send(self, outgoing: Outgoing, part: Any) -> str:
        self.repeated.append(outgoing.repeated)
        self.fail(outgoing)
        self.sent.append(str(part))
        return f"id-{len(self.sent)}"

    async def typing(self, recipient: str) -> None:
        raise RuntimeError("nobody depends on it")

    async def close(self) -> None:
        self.sent.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def courier(database: Database, letters: Letters, clock: Clock) -> Courier:
    return Courier(database, {"letters": letters}, clock=clock)


@pytest.fixture
def stream() -> str:
    return f"test:{uuid4()}"


def put(database: Database, clock: Clock, stream: str, text: str, **changes: Any) -> int:
    parcel = Parcel(key=f"{stream}:{text}:{uuid4()}", stream=stream, channel="letters", kind="test")
    with database.transaction() as session:
        number = outbox.put(session, replace(parcel, payload={"text": text}, **changes), clock.now)
    assert number is not None
    return number


def one(database: Database, number: int) -> Delivery:
    with database.transaction() as session:
        found = outbox.by_id(session, number)
    assert found is not None
    return found


def run(courier: Courier, stream: str) -> None:
    asyncio.run(courier.send_stream(stream))


def jobs(database: Database, stream: str) -> list[Any]:
    return rows(
        database,
        "SELECT * FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo' ORDER BY id",
        lock=f"deliveries:{stream}",
    )


def raising(error: Exception) -> Callable[[Outgoing], None]:
    def fail(outgoing: Outgoing) -> None:
        raise error

    return fail


def test_a_stream_is_sent_in_order_and_each_parcel_once(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    numbers = [put(database, clock, stream, text) for text in ("one", "two|three", "four")]
    run(courier, stream)
    run(courier, stream)
    assert letters.sent == ["one", "two", "three", "four"]
    assert [one(database, number).status for number in numbers] == [Status.SENT] * 3
    assert one(database, numbers[1]).provider_ids == ("id-2", "id-3")


def test_a_key_is_taken_once_for_ever(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    parcel = Parcel(key=f"key:{stream}", stream=stream, channel="letters", kind="test", payload={"text": "a"})
    with database.transaction() as session:
        assert outbox.put(session, parcel, clock.now) is not None
        assert outbox.put(session, parcel, clock.now) is None
    run(courier, stream)
    with database.transaction() as session:
        assert outbox.put(session, parcel, clock.now) is None
    run(courier, stream)
    assert letters.sent == ["a"]


def test_a_parcel_is_put_in_with_what_it_delivers_or_not_at_all(
    database: Database, clock: Clock, stream: str
) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        outbox.put(session, Parcel("k" + stream, stream, "letters", "test"), clock.now)
        raise ZeroDivisionError
    assert jobs(database, stream) == []
    assert rows(database, "SELECT * FROM deliveries WHERE stream = :s", s=stream) == []


def test_a_failure_waits_longer_each_time_and_holds_back_what_comes_after(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    first, second = put(database, clock, stream, "one"), put(database, clock, stream, "two")
    letters.fail = raising(TryLater("down"))
    waits = []
    for _ in range(12):
        run(courier, stream)
        found = one(database, first)
        waits.append((found.next_attempt_at - clock.now).total_seconds())
        assert found.status is Status.PENDING and found.problem == "down"
        clock.now = found.next_attempt_at - timedelta(milliseconds=1)
        before = found.attempts
        run(courier, stream)
        assert one(database, first).attempts == before, "not before its time"
        clock.now = found.next_attempt_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert one(database, second).attempts == 0
    letters.fail = lambda outgoing: None
    run(courier, stream)
    assert letters.sent == ["one", "two"]
    assert letters.repeated == [False] + [True] * 12 + [False]


def test_a_provider_that_names_a_time_is_believed(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    number = put(database, clock, stream, "one")
    letters.fail = raising(TryLater("429", retry_after=777))
    run(courier, stream)
    assert one(database, number).next_attempt_at == clock.now + timedelta(seconds=777)
    *_, later = jobs(database, stream)
    assert later.scheduled_at == clock.now + timedelta(seconds=777)


def test_a_retry_goes_on_with_the_part_that_is_missing(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    put(database, clock, stream, "one|two|three")
    letters.fail = lambda outgoing: raising(TryLater("down"))(outgoing) if letters.sent == ["one"] else None
    run(courier, stream)
    clock.pass_by(seconds=1)
    letters.fail = lambda outgoing: None
    run(courier, stream)
    assert letters.sent == ["one", "two", "three"]


def test_after_a_day_it_is_given_up_with_an_alarm_and_the_next_goes_out(
    database: Database,
    courier: Courier,
    letters: Letters,
    clock: Clock,
    stream: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    number = put(database, clock, stream, "one", recipient="somebody")
    letters.fail = raising(TryLater("down"))
    run(courier, stream)
    clock.pass_by(hours=24, seconds=1)
    put(database, clock, stream, "two")
    letters.fail = lambda outgoing: None
    with caplog.at_level(logging.ERROR):
        run(courier, stream)
    dead = one(database, number)
    assert (dead.status, dead.problem, dead.recipient) == (Status.DEAD, "down", None)
    assert letters.sent == ["two"]
    (line,) = caplog.messages
    assert line == f"delivery {number} on letters is given up after 1 attempts (down)"


@pytest.mark.parametrize("error", [Refused("too odd"), ZeroDivisionError("secret words")])
def test_what_can_never_be_sent_does_not_hold_up_the_rest(
    database: Database,
    courier: Courier,
    letters: Letters,
    clock: Clock,
    stream: str,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    number = put(database, clock, stream, "one")
    put(database, clock, stream, "two")
    letters.fail = lambda outgoing: raising(error)(outgoing) if outgoing.delivery.id == number else None
    for _ in range(MOST_FAULTS):
        run(courier, stream)
        clock.pass_by(minutes=5)
    assert one(database, number).status is Status.DEAD
    assert letters.sent == ["two"]
    assert "secret words" not in caplog.text


def test_a_channel_that_is_switched_off_waits_for_a_day(
    database: Database, courier: Courier, clock: Clock, stream: str
) -> None:
    number = put(database, clock, stream, "one", channel="pigeons")
    run(courier, stream)
    assert one(database, number).problem == "the channel is not switched on"
    assert one(database, number).status is Status.PENDING


def test_a_sender_that_does_not_come_back_is_cut_off(
    database: Database, letters: Letters, clock: Clock, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEASE.total_seconds() > LONGEST_CALL_SECONDS
    monkeypatch.setattr("bot.jobs.deliveries.LONGEST_CALL_SECONDS", 0.05)

    class Stuck(Letters):
        async def send(self, outgoing: Outgoing, part: Any) -> str:
            await asyncio.sleep(30)
            return "never"

    number = put(database, clock, stream, "one")
    run(Courier(database, {"letters": Stuck()}, clock=clock), stream)
    assert one(database, number).problem == "no answer in time"


# --- leases


def test_a_lease_keeps_a_second_sender_away_until_it_is_over(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    number = put(database, clock, stream, "one")
    with database.transaction() as session:
        held = outbox.head(session, stream)
        assert held is not None
        taken = outbox.take(session, held, clock.now)
    run(courier, stream)
    assert letters.sent == []
    assert jobs(database, stream)[-1].scheduled_at == clock.now + LEASE
    clock.pass_by(seconds=LEASE.total_seconds())
    run(courier, stream)
    assert letters.sent == ["one"] and letters.repeated == [True]
    with database.transaction() as session:
        assert not outbox.finish(session, taken, Status.DEAD, "late", clock.now), "the first one is out of it"
        assert not outbox.part_sent(session, taken, "late", clock.now)
        assert not outbox.postpone(session, taken, "late", clock.now)
    assert one(database, number).status is Status.SENT


def test_a_stream_without_a_job_is_found_again(
    database: Database, courier: Courier, letters: Letters, clock: Clock, stream: str
) -> None:
    put(database, clock, stream, "one")
    with database.transaction() as session:
        lost = sa.text("DELETE FROM procrastinate_jobs WHERE lock = :l")
        session.execute(lost, {"l": f"deliveries:{stream}"})
    assert jobs(database, stream) == []
    keep_house(database, clock.now + timedelta(minutes=2))
    assert len(jobs(database, stream)) == 1
    keep_house(database, clock.now + timedelta(minutes=2))
    assert len(jobs(database, stream)) == 1


def test_old_events_are_forgotten_and_young_ones_kept(database: Database, clock: Clock) -> None:
    service = service_over(database, clock=clock)
    service.remember(Event("letters", "old"))
    clock.now += EVENTS_KEPT + timedelta(seconds=1)
    service.remember(Event("letters", "young"))
    keep_house(database, clock.now)
    assert (service.seen(Event("letters", "old")), service.seen(Event("letters", "young"))) == (False, True)


# --- conversations and cases


@pytest.fixture
def service(database: Database, clock: Clock) -> ConversationService:
    return service_over(database, clock=clock)


@pytest.fixture
def conversation(service: ConversationService) -> Conversation:
    return service.of_address(channel="letters", external_id=f"house {uuid4()}", region="US", language="en")


def events_of(database: Database, conversation: UUID, kind: str) -> list[dict[str, str]]:
    found = rows(
        database,
        "SELECT e.details FROM case_events e JOIN cases c ON c.id = e.case_id"
        " WHERE c.conversation_id = :c AND e.kind = :k",
        c=conversation,
        k=kind,
    )
    return [row.details for row in found]


def test_who_has_shut_us_out_is_written_on_the_case_and_gets_what_stayed_back_when_they_return(
    database: Database,
    service: ConversationService,
    conversation: Conversation,
    courier: Courier,
    letters: Letters,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = stream_of(conversation.id)
    run(courier, stream)
    service.receive_text(conversation, Event("letters", uuid4().hex), "I think I'm pregnant")
    letters.fail = raising(Blocked("shut (403)"))
    run(courier, stream)
    assert events_of(database, conversation.id, "patient_unreached") == [
        {"channel": "letters", "problem": "shut (403)"}
    ]
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=conversation.id)
    assert case.state == "open"
    assert "blocked by its recipient" in caplog.text and conversation.external_id not in caplog.text
    letters.fail = lambda outgoing: None
    run(courier, stream)
    assert len(letters.sent) == 1, "nothing is tried any more"
    clock.pass_by(hours=1)
    service.receive_text(conversation, Event("letters", uuid4().hex), "wine")
    run(courier, stream)
    assert letters.sent[1:] == ["urgent help: concern_pregnancy, tier 1, US"]


def test_what_is_put_in_after_a_block_does_not_overtake_what_stayed_back(
    database: Database,
    service: ConversationService,
    conversation: Conversation,
    courier: Courier,
    letters: Letters,
    clock: Clock,
) -> None:
    """An answer takes its time: the patient may let us in again before it, and before we hear of that."""
    stream = stream_of(conversation.id)

    def answer(text: str) -> None:
        with database.transaction() as session:
            draft = Draft("answer", text)
            repository.add_message_to_patient(session, conversation, draft, None, clock.now)

    service.receive_text(conversation, Event("letters", uuid4().hex), "I think I'm pregnant")
    letters.fail = raising(Blocked("shut (403)"))
    run(courier, stream)
    answer("the answer")
    run(courier, stream)
    with database.transaction() as session:
        assert outbox.is_blocked(session, stream), "tried, and it stays back with the rest"
    clock.pass_by(hours=1)
    letters.fail = lambda outgoing: None
    answer("a later word")
    run(courier, stream)
    assert letters.sent == [
        DISCLAIMER,
        "urgent help: concern_pregnancy, tier 1, US",
        "the answer",
        "a later word",
    ]


def test_what_stayed_back_for_a_day_does_not_come_with_a_later_word(
    database: Database, conversation: Conversation, courier: Courier, letters: Letters, clock: Clock
) -> None:
    letters.fail = raising(Blocked("shut (403)"))
    run(courier, stream_of(conversation.id))
    clock.pass_by(hours=24, seconds=1)
    letters.fail = lambda outgoing: None
    with database.transaction() as session:
        draft = Draft("note", "Please call us.")
        repository.add_message_to_patient(session, conversation, draft, None, clock.now, author="clinician")
    run(courier, stream_of(conversation.id))
    assert letters.sent == ["Please call us."]


def test_a_clinicians_message_goes_out_like_every_other(
    database: Database, conversation: Conversation, courier: Courier, letters: Letters, clock: Clock
) -> None:
    with database.transaction() as session:
        draft = Draft("note", "Please call us.")
        repository.add_message_to_patient(session, conversation, draft, None, clock.now, author="clinician")
    run(courier, stream_of(conversation.id))
    assert letters.sent[-1] == "Please call us."


def test_the_widget_fetches_its_messages_and_has_no_deliveries(
    database: Database, service: ConversationService
) -> None:
    session = service.start(channel="widget", region="US", language="en", lifetime=timedelta(days=1))
    service.receive_text(service.of_token(session.token), "c1", "I think I'm pregnant")
    found = rows(database, "SELECT * FROM deliveries WHERE conversation_id = :c", c=session.conversation_id)
    assert found == []


def test_nothing_of_a_deleted_conversation_is_sent(
    database: Database,
    service: ConversationService,
    conversation: Conversation,
    courier: Courier,
    letters: Letters,
) -> None:
    service.delete_content(conversation.id)
    run(courier, stream_of(conversation.id))
    assert letters.sent == []
    (delivery,) = rows(database, "SELECT * FROM deliveries WHERE conversation_id = :c", c=conversation.id)
    assert (delivery.status, delivery.recipient) == ("cancelled", None)


def test_a_case_is_announced_once_for_each_channel_and_tier_and_a_failure_changes_nothing_about_it(
    database: Database, clock: Clock, courier: Courier, letters: Letters
) -> None:
    service = ConversationService(
        database, KeywordReader(), rule_book(), PlainWords(), alert_channels=["letters"], clock=clock
    )
    conversation = service.of_address(channel="pigeons", external_id=uuid4().hex, region="US", language="en")
    for text in ("I feel very low", "still very low", "hopeless"):
        service.receive_text(conversation, Event("pigeons", uuid4().hex), text)
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=conversation.id)
    alerts = rows(
        database, "SELECT * FROM deliveries WHERE case_id = :c AND kind = 'case_alert' ORDER BY id", c=case.id
    )
    assert [alert.key for alert in alerts] == [
        f"case_alert:letters:{case.id}:2",
        f"case_alert:letters:{case.id}:1",
    ]
    assert {(alert.kind, alert.stream) for alert in alerts} == {
        ("case_alert", f"case_alert:letters:{case.id}")
    }
    assert "low" not in str(alerts)
    letters.parts = lambda outgoing: ["alert"]  # type: ignore[method-assign]
    letters.fail = raising(Refused("no such channel"))
    run(courier, alerts[0].stream)
    failures = events_of(database, conversation.id, "delivery_failed")
    assert len(failures) >= 2
    assert all(failure == {"channel": "letters", "problem": "no such channel"} for failure in failures)
    (after,) = rows(database, "SELECT state FROM cases WHERE id = :c", c=case.id)
    assert after.state == "open"


def test_two_who_write_first_at_the_same_time_get_one_conversation(service: ConversationService) -> None:
    address = uuid4().hex
    with ThreadPoolExecutor(6) as pool:
        found = list(
            pool.map(
                lambda _: service.of_address(
                    channel="letters", external_id=address, region="US", language="en"
                ),
                range(6),
            )
        )
    assert len({conversation.id for conversation in found}) == 1
    assert [m.kind for m in service.history(found[0].id, 0)] == ["disclaimer"]


def test_typing_that_fails_is_nobodys_business(courier: Courier, conversation: Conversation) -> None:
    async def show() -> None:
        courier.show_typing(conversation)
        await courier.close()

    asyncio.run(show())
