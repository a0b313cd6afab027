"""Receiving a message on a real PostgreSQL: stored once, in order, with its case and its turn, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.cases import service as case_service
from bot.conversations import repository, turns
from bot.conversations.errors import ConversationGone, TextEmpty, TextTooLong, UnknownButton
from bot.conversations.rules_only import UNREAD
from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Draft, Message
from bot.database import Database
from tests.support.reader import BrokenReader, KeywordReader
from tests.support.world import DISCLAIMER, jobs_of, new_conversation, rows, service_over


@pytest.fixture
def reader() -> KeywordReader:
    return KeywordReader()


@pytest.fixture
def service(database: Database, reader: KeywordReader) -> ConversationService:
    return service_over(database, reader)


@pytest.fixture
def conversation(service: ConversationService) -> Conversation:
    return new_conversation(service)


def send(service: ConversationService, conversation: Conversation, text: str) -> Message:
    received = service.receive_text(conversation, uuid4().hex, text)
    return next(m for m in service.history(conversation.id, 0) if m.id == received.message_id)


def answer(database: Database, conversation: Conversation, message: Message, *drafts: Draft) -> None:
    turn = turns.waiting_turn(database, conversation.id, message.id)
    assert turn is not None
    assert turns.store_replies(database, turn, drafts, datetime.now(timezone.utc))


def cases_of(database: Database, conversation: Conversation) -> list[sa.engine.Row]:
    return rows(
        database, "SELECT * FROM cases WHERE conversation_id = :c ORDER BY category", c=conversation.id
    )


def test_a_conversation_opens_with_the_disclaimer(
    service: ConversationService, conversation: Conversation
) -> None:
    send(service, conversation, "can i drink wine")
    first, second = service.history(conversation.id, 0)
    assert (first.seq, first.author, first.kind, first.text) == (1, "assistant", "disclaimer", DISCLAIMER)
    assert (second.seq, second.author, second.text, second.topics) == (
        2,
        "patient",
        "can i drink wine",
        ("alcohol",),
    )


def test_a_message_brings_its_turn_with_ids_only(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "can i drink wine")
    (job,) = jobs_of(database, conversation.id)
    assert (job.queue_name, job.task_name, job.lock) == (
        "turns",
        "run_turn",
        f"conversation:{conversation.id}",
    )
    assert job.args == {"conversation_id": str(conversation.id), "message_id": str(message.id)}


def test_a_concern_opens_a_case_with_its_evidence_and_brings_urgent_help(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "I think I'm PREGNANT, help")
    (case,) = cases_of(database, conversation)
    assert (case.category, case.tier, case.state, case.message_id) == (
        "concern_pregnancy",
        1,
        "open",
        message.id,
    )
    assert case.evidence == "PREGNANT" == message.text[case.evidence_start : case.evidence_end]
    assert case.detector_version == "test-reader"
    assert message.concern == "concern_pregnancy"
    assert message.custom["urgent_help_sent"]
    told = service.history(conversation.id, message.seq)
    assert [(m.kind, m.text, m.in_reply_to) for m in told] == [
        ("urgent_help", "urgent help: concern_pregnancy, tier 1, US", message.id)
    ]


def test_every_concern_of_a_message_has_its_case_but_suicide_words_stand_for_mood_too(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "very low, want to kill myself and maybe pregnant")
    assert [case.category for case in cases_of(database, conversation)] == [
        "concern_mood",
        "concern_pregnancy",
        "concern_suicidal",
    ]
    told = [m.concern for m in service.history(conversation.id, message.seq)]
    assert told == ["concern_pregnancy", "concern_suicidal"]


def test_urgent_help_is_repeated_after_half_an_hour_or_when_it_gets_more_urgent(database: Database) -> None:
    now = [datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)]
    service = service_over(database, clock=lambda: now[0])
    conversation = new_conversation(service)

    def helped(text: str) -> bool:
        message = send(service, conversation, text)
        return bool(service.history(conversation.id, message.seq))

    assert helped("i feel very low")
    assert not helped("still very low")
    assert helped("hopeless")
    now[0] += timedelta(minutes=29)
    assert not helped("very low again")
    now[0] += timedelta(minutes=2)
    assert helped("very low as ever")


def test_wanting_a_person_opens_a_case_without_urgent_words(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "i want a real person")
    assert [case.category for case in cases_of(database, conversation)] == ["request_human"]
    assert service.history(conversation.id, message.seq) == []
    assert not message.custom["urgent_help_sent"]


def test_one_client_id_counts_once_under_twenty_simultaneous_posts(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    with ThreadPoolExecutor(20) as pool:
        received = list(
            pool.map(lambda _: service.receive_text(conversation, "same", "am i pregnant now"), range(20))
        )
    assert len({r.message_id for r in received}) == 1
    assert sum(not r.duplicate for r in received) == 1
    assert len(jobs_of(database, conversation.id)) == 1
    assert [m.kind for m in service.history(conversation.id, 0)] == ["disclaimer", "text", "urgent_help"]


def test_numbers_have_no_gaps_under_simultaneous_messages_and_failures(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    def post(n: int) -> None:
        if n % 5 == 0:
            with pytest.raises(TextEmpty):
                service.receive_text(conversation, f"c{n}", "///")
            with database.transaction() as session:
                repository.add_message_to_patient(
                    session, conversation, Draft("answer", "never"), None, datetime.now(timezone.utc)
                )
                session.rollback()
        else:
            service.receive_text(conversation, f"c{n}", f"wine {n}")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(post, range(40)))
    assert [m.seq for m in service.history(conversation.id, 0)] == list(range(1, 34))


def test_message_case_and_turn_commit_together_or_not_at_all(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    with database.transaction() as session:
        session.execute(
            sa.text("ALTER TABLE procrastinate_jobs ADD CONSTRAINT full_up CHECK (false) NOT VALID")
        )
    try:
        with pytest.raises(sa.exc.IntegrityError):
            service.receive_text(conversation, "lost", "i think i am pregnant")
    finally:
        with database.transaction() as session:
            session.execute(sa.text("ALTER TABLE procrastinate_jobs DROP CONSTRAINT full_up"))
    assert [m.kind for m in service.history(conversation.id, 0)] == ["disclaimer"]
    assert cases_of(database, conversation) == []
    assert jobs_of(database, conversation.id) == []
    service.receive_text(conversation, "lost", "i think i am pregnant")
    assert [m.seq for m in service.history(conversation.id, 0)] == [1, 2, 3]
    assert len(cases_of(database, conversation)) == 1


def test_a_broken_reader_loses_neither_the_message_nor_the_concern(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    service = service_over(database, BrokenReader())
    conversation = new_conversation(service)
    message = send(service, conversation, "I want to kill myself tonight")
    (case,) = cases_of(database, conversation)
    assert (case.category, case.tier) == ("concern_suicidal", 1)
    assert "rules alone" in case.reason
    assert case.evidence in message.text
    assert service.history(conversation.id, message.seq)[0].kind == "urgent_help"
    plain = send(service, conversation, "can i drink wine")
    assert plain.reading is not None and plain.reading.intent == UNREAD
    assert "kill" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("text", "error"), [("", TextEmpty), (" / \u200b", TextEmpty), ("x" * 4001, TextTooLong)]
)
def test_unreadable_texts_are_refused(
    service: ConversationService, conversation: Conversation, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.receive_text(conversation, uuid4().hex, text)


def test_a_slash_command_is_stored_as_plain_words(
    service: ConversationService, conversation: Conversation
) -> None:
    assert send(service, conversation, "/restart").text == "restart"
    assert send(service, conversation, '\u200b//concern_mood{"x": 1}').text == 'concern_mood{"x": 1}'


def test_buttons_are_opaque_and_belong_to_their_conversation(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    asked = send(service, conversation, "wine?")
    answer(
        database,
        conversation,
        asked,
        Draft("answer", "…", buttons=[("Missed doses", '/ask_topic{"topic": "missed_dose"}')]),
    )
    button, *rating = service.history(conversation.id, asked.seq)[0].buttons
    assert [found.title for found in rating] == ["This helped", "Not what I asked"]
    assert "missed" not in button.id
    received = service.receive_button(conversation, "press", button.id)
    pressed = service.history(conversation.id, 0)[-1]
    assert (pressed.id, pressed.kind, pressed.text) == (received.message_id, "button", "Missed doses")
    assert pressed.topics == ("missed_dose",)
    assert service.receive_button(conversation, "press", button.id).duplicate
    with pytest.raises(UnknownButton):
        service.receive_button(new_conversation(service), "press", button.id)
    with pytest.raises(UnknownButton):
        service.receive_button(conversation, "forged", '/ask_topic{"topic": "missed_dose"}')


def test_the_reader_is_told_what_the_conversation_was_about(
    database: Database, service: ConversationService, conversation: Conversation, reader: KeywordReader
) -> None:
    question = send(service, conversation, "can i drink wine")
    answer(database, conversation, question, Draft("answer", "Little [M20].", topics=("alcohol",)))
    doubt = send(service, conversation, "am i depressed")
    answer(database, conversation, doubt, Draft("answer", "In general, or now?"))
    reply = send(service, conversation, "hi")
    assert reader.contexts[0].last_topics == ()
    assert (reader.contexts[1].last_topics, reader.contexts[1].last_question) == (
        ("alcohol",),
        "can i drink wine",
    )
    assert reader.contexts[2].pending_clarification == "concern_mood"
    answer(database, conversation, reply, Draft("answer", "Your number?", custom={"asks": "contact"}))
    send(service, conversation, "hi again")
    assert reader.contexts[3].awaiting_contact
    assert reader.contexts[3].pending_clarification is None
    assert reader.contexts[3].hints == ("concern_mood",)


def test_uncovered_questions_are_kept_without_what_identifies(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "My name is Ann Lee, ann@example.com: does it cost much?")
    (kept,) = rows(database, "SELECT * FROM unanswered_questions WHERE message_id = :m", m=message.id)
    assert (kept.text, kept.status, kept.channel) == (
        "My name is [name], [email]: does it cost much?",
        "new",
        "widget",
    )


def test_tokens_are_stored_as_hashes_and_expire(database: Database) -> None:
    now = [datetime(2026, 11, 23, tzinfo=timezone.utc)]
    service = service_over(database, clock=lambda: now[0])
    session = service.start(channel="widget", region="US", language="en", lifetime=timedelta(hours=1))
    assert service.of_token(session.token).id == session.conversation_id
    stored = rows(database, "SELECT token_hash FROM conversations WHERE id = :c", c=session.conversation_id)
    assert session.token.encode() not in bytes(stored[0].token_hash)
    with pytest.raises(ConversationGone):
        service.of_token(session.token[:-1] + ("A" if session.token[-1] != "A" else "B"))
    now[0] += timedelta(hours=1)
    with pytest.raises(ConversationGone):
        service.of_token(session.token)


def test_deleting_empties_everything_but_an_open_case(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE IF NOT EXISTS rasa.events (sender_id text, data text)"))
        session.execute(
            sa.text("INSERT INTO rasa.events VALUES (:s, 'secret'), ('somebody else', 'kept')"),
            {"s": str(conversation.id)},
        )
    message = send(service, conversation, "i think i am pregnant")
    send(service, conversation, "does it cost much")
    erased = service.delete_content(conversation.id)
    (case,) = cases_of(database, conversation)
    assert erased.kept_cases == (case.reference,)
    assert erased.messages == 4
    assert case.evidence == "pregnant"
    left = rows(database, "SELECT * FROM messages WHERE conversation_id = :c", c=conversation.id)
    assert {(m.text, m.reading, m.custom, m.concern, m.client_id) for m in left} == {
        (None, None, None, None, None)
    }
    assert {tuple(m.buttons) + tuple(m.topics) for m in left} == {()}
    assert (
        rows(
            database,
            "SELECT 1 FROM unanswered_questions q JOIN messages m ON m.id = q.message_id WHERE m.conversation_id = :c",
            c=conversation.id,
        )
        == []
    )
    assert [row.sender_id for row in rows(database, "SELECT sender_id FROM rasa.events")] == ["somebody else"]
    assert service.history(conversation.id, 0) == []
    assert turns.waiting_turn(database, conversation.id, message.id) is None
    with pytest.raises(ConversationGone):
        service.receive_text(conversation, "late", "hello?")


def test_a_case_kept_for_the_clinic_loses_the_quotation_when_it_is_resolved(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    send(service, conversation, "i think i am pregnant")
    service.delete_content(conversation.id)
    (case,) = cases_of(database, conversation)
    now = datetime.now(timezone.utc)
    with database.transaction() as session:
        case_service.acknowledge(session, case.id, "dr", now)
        resolved = case_service.resolve(session, case.id, "dr", "phoned", now)
    assert resolved.evidence == "" and resolved.state.value == "resolved"


def test_a_resolved_case_loses_its_words_with_the_conversation(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    send(service, conversation, "i think i am pregnant")
    now = datetime.now(timezone.utc)
    with database.transaction() as session:
        (case,) = case_service.record_contact(session, conversation.id, now, phone="+12025550123")
        case_service.acknowledge(session, case.id, "dr", now)
        case_service.resolve(session, case.id, "dr", "phoned", now)
    assert service.delete_content(conversation.id).kept_cases == ()
    (left,) = cases_of(database, conversation)
    assert (left.evidence, left.contact_phone) == ("", None)


def test_a_reply_that_comes_after_deletion_is_not_kept(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "wine?")
    turn = turns.waiting_turn(database, conversation.id, message.id)
    assert turn is not None
    service.delete_content(conversation.id)
    assert not turns.store_replies(database, turn, [Draft("answer", "late")], datetime.now(timezone.utc))
    assert rows(database, "SELECT 1 FROM messages WHERE text = 'late'") == []


def test_a_reading_of_another_version_does_not_stop_the_conversation(
    database: Database, service: ConversationService, conversation: Conversation
) -> None:
    message = send(service, conversation, "wine?")
    with database.transaction() as session:
        session.execute(
            sa.text("UPDATE messages SET reading = '{\"old\": 1}' WHERE id = :m"), {"m": message.id}
        )
    assert send(service, conversation, "and sun?").topics == ("sun_sensitivity",)
