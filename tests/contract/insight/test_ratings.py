"""A patient rates an answer on a channel: kept once, thanked for, and no turn is run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.conversations import repository
from bot.conversations.errors import Repeated, UnknownButton
from bot.conversations.rating import ASK_CLINIC, HELPED, MISSED, SORRY, THANKS
from bot.conversations.service import ConversationService, utc_now
from bot.conversations.turns import store_replies, waiting_turn
from bot.conversations.values import Conversation, Draft, Event, Message
from bot.database import Database
from tests.support.reader import KeywordReader
from tests.support.world import jobs_of, new_conversation, rows, service_over


@pytest.fixture
def reader() -> KeywordReader:
    return KeywordReader()


@pytest.fixture
def service(database: Database, reader: KeywordReader) -> ConversationService:
    return service_over(database, reader)


@pytest.fixture
def conversation(service: ConversationService) -> Iterator[Conversation]:
    yield new_conversation(service)


def answered(
    service: ConversationService,
    database: Database,
    conversation: Conversation,
    text: str = "can i drink wine",
) -> Message:
    """The patient asks, and a turn is stored as the worker stores it; the answer."""
    received = service.receive_text(conversation, uuid4().hex, text)
    turn = waiting_turn(database, conversation.id, received.message_id)
    assert turn is not None
    topics = turn.message.topics
    store_replies(database, turn, [Draft("answer", "Little [M20].", topics=topics)], utc_now())
    return service.history(conversation.id, 0)[-1]


def button(message: Message, title: str) -> str:
    return next(found.id for found in message.buttons if found.title == title)


def ratings(database: Database, message: Message) -> list[bool]:
    return [
        r.helpful for r in rows(database, "SELECT helpful FROM ratings WHERE message_id = :m", m=message.id)
    ]


def test_a_plain_answer_asks_whether_it_helped(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    assert [found.title for found in answer.buttons] == [HELPED[0], MISSED[0]]
    assert all("rate" not in found.id for found in answer.buttons)


def test_the_rating_is_kept_and_thanked_for_without_a_turn(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    jobs = len(jobs_of(database, conversation.id))
    received = service.receive_button(conversation, "press", button(answer, HELPED[0]))
    pressed, thanks = service.history(conversation.id, answer.seq)
    assert (pressed.id, pressed.author, pressed.text, pressed.client_id) == (
        received.message_id,
        "patient",
        HELPED[0],
        "press",
    )
    assert pressed.answered_at is not None
    assert (thanks.kind, thanks.text, thanks.buttons) == ("notice", THANKS, ())
    assert ratings(database, answer) == [True]
    assert len(jobs_of(database, conversation.id)) == jobs
    assert rows(database, "SELECT 1 FROM cases WHERE conversation_id = :c", c=conversation.id) == []


def test_a_repeated_press_changes_nothing_and_the_last_word_counts(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    first = service.receive_button(conversation, "one", button(answer, HELPED[0]))
    assert service.receive_button(conversation, "one", button(answer, HELPED[0])).duplicate
    assert service.history(conversation.id, 0)[-1].text == THANKS
    service.receive_button(conversation, "again", button(answer, HELPED[0]))
    said = [
        found.text for found in service.history(conversation.id, first.seq) if found.author == "assistant"
    ]
    assert said == [THANKS]
    service.receive_button(conversation, "other", button(answer, MISSED[0]))
    assert ratings(database, answer) == [False]
    offer = service.history(conversation.id, 0)[-1]
    assert (offer.text, [(b.title, b.payload) for b in offer.buttons]) == (SORRY, [ASK_CLINIC])


def test_a_channels_press_counts_once(database: Database, service: ConversationService) -> None:
    service.of_address(channel="telegram", external_id="7:1", region="US", language="en")
    conversation = service.at_address("telegram", "7:1")
    assert conversation is not None
    answer = answered(service, database, conversation)
    press = button(answer, HELPED[0])
    service.receive_button(conversation, Event("telegram", f"press:{press}"), press)
    with pytest.raises(Repeated):
        service.receive_button(conversation, Event("telegram", f"press:{press}"), press)
    assert ratings(database, answer) == [True]
    waiting = rows(
        database,
        "SELECT message.text FROM deliveries JOIN messages AS message ON message.id = deliveries.message_id"
        " WHERE deliveries.conversation_id = :c ORDER BY deliveries.id DESC LIMIT 1",
        c=conversation.id,
    )
    assert [row.text for row in waiting] == [THANKS]


def test_another_conversations_rating_button_is_unknown(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    with pytest.raises(UnknownButton):
        service.receive_button(new_conversation(service), "press", button(answer, HELPED[0]))
    assert ratings(database, answer) == []


def test_while_a_clinician_holds_the_conversation_the_assistant_keeps_out_of_it(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    with database.transaction() as session:
        user = uuid4()
        session.execute(
            sa.text(
                "INSERT INTO desk_users (id, email, name, role, password_hash) VALUES (:id, :mail, 'Lee', 'clinician',"
                " '$argon2id$x')"
            ),
            {"id": user, "mail": f"{user.hex}@clinic.example"},
        )
        session.execute(
            sa.text(
                "UPDATE conversations SET held_by = :u, held_since = now(), held_until = :t WHERE id = :c"
            ),
            {"u": user, "t": utc_now() + timedelta(minutes=30), "c": conversation.id},
        )
    service.receive_button(conversation, "press", button(answer, MISSED[0]))
    assert ratings(database, answer) == [False]
    assert [found.text for found in service.history(conversation.id, answer.seq)] == [MISSED[0]]


def test_the_next_message_is_read_as_if_nobody_had_rated(
    service: ConversationService, database: Database, conversation: Conversation, reader: KeywordReader
) -> None:
    answer = answered(service, database, conversation)
    service.receive_button(conversation, "press", button(answer, HELPED[0]))
    service.receive_text(conversation, uuid4().hex, "and sun?")
    context = reader.contexts[-1]
    assert (context.last_topics, context.last_intent) == (("alcohol",), "faq")
    assert not context.offered_clinic


def test_the_button_that_passes_the_question_on_opens_a_case(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    service.receive_button(conversation, "press", button(answer, MISSED[0]))
    (offer,) = service.history(conversation.id, 0)[-1].buttons
    service.receive_button(conversation, "ask", offer.id)
    (case,) = rows(database, "SELECT category FROM cases WHERE conversation_id = :c", c=conversation.id)
    assert case.category == "request_human"


def test_at_most_every_third_answer_asks_and_none_beside_an_open_case(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    asked = [bool(answered(service, database, conversation).buttons) for _ in range(5)]
    assert asked == [True, False, False, True, False]
    service.receive_text(conversation, uuid4().hex, "i feel very low")
    assert not any(answered(service, database, conversation).buttons for _ in range(4))


def test_ratings_go_with_the_conversation(
    service: ConversationService, database: Database, conversation: Conversation
) -> None:
    answer = answered(service, database, conversation)
    service.receive_button(conversation, "press", button(answer, HELPED[0]))
    service.delete_content(conversation.id)
    assert ratings(database, answer) == []
    with database.transaction() as session:
        assert all(message.text == "" for message in repository.latest(session, conversation.id, 10))
