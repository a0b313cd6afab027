"""A clinician holds the conversation: what is stored, what the patient reads, and what the assistant leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.context import context_of
from bot.conversations.errors import (
    ConversationDeleted,
    ConversationGone,
    HeldByAnother,
    TextEmpty,
    TextTooLong,
)
from bot.conversations.hand_over import PASSED_ON, RECEIVED, TAKEN, Reach
from bot.conversations.values import RETURNED, Draft, Event
from bot.database import Database
from tests.support.holding import MINUTE, Chat, Clinician, new_clinician, terms
from tests.support.world import jobs_of, rows


@pytest.fixture(scope="module")
def lee(database: Database) -> Clinician:
    return new_clinician(database, "Dr Lee")


@pytest.fixture(scope="module")
def ng(database: Database) -> Clinician:
    return new_clinician(database, "Sam Ng, nurse")


@pytest.fixture
def chat(database: Database) -> Chat:
    # What an earlier test has left held is not this one's.
    with database.transaction() as session:
        session.execute(
            sa.text("UPDATE conversations SET held_by = NULL, held_since = NULL, held_until = NULL")
        )
    return Chat(database)


# --- taking


def test_the_patient_is_told_by_name_who_takes_over(chat: Chat, lee: Clinician) -> None:
    hold = chat.take(lee)
    assert (hold.user_id, hold.name, hold.role_words) == (lee.id, "Dr Lee", "Dr Lee")
    assert (hold.since, hold.until) == (chat.clock(), chat.clock() + 30 * MINUTE)
    told = chat.last()
    assert (told.author, told.kind, chat.notices()) == ("assistant", "notice", [TAKEN])
    assert told.text.startswith("Dr Lee from your dermatology clinic has joined this chat")
    assert "911" in told.text
    assert chat.holder() == hold


def test_taking_it_again_extends_it_and_says_nothing_more(chat: Chat, lee: Clinician) -> None:
    first = chat.take(lee)
    chat.clock.pass_(10 * MINUTE)
    again = chat.take(lee)
    assert (again.since, again.until) == (first.since, chat.clock() + 30 * MINUTE)
    assert chat.notices() == [TAKEN]


def test_two_clinicians_one_has_it_and_the_other_is_told_who(
    chat: Chat, lee: Clinician, ng: Clinician
) -> None:
    chat.take(lee)
    with pytest.raises(HeldByAnother) as refused:
        chat.take(ng)
    assert refused.value.name == "Dr Lee"
    with pytest.raises(HeldByAnother):
        chat.reply(ng, "hello")
    assert chat.notices() == [TAKEN]


def test_a_lead_takes_it_over_and_the_patient_reads_who_it_is_now(
    chat: Chat, lee: Clinician, ng: Clinician
) -> None:
    chat.says("I think I'm pregnant")
    chat.take(lee)
    assert chat.take(ng, take_over=True).user_id == ng.id
    assert chat.last().text.startswith("Sam Ng, nurse from your")
    assert chat.notices() == [TAKEN, TAKEN]
    assert [
        (kind, details) for kind, _, details in chat.events("conversation_held", "conversation_returned")
    ] == [
        ("conversation_held", {"minutes": 30}),
        ("conversation_returned", {"because": "taken_over"}),
        ("conversation_held", {"minutes": 30}),
    ]


def test_a_name_that_is_a_mail_address_is_not_shown_to_patients(chat: Chat, database: Database) -> None:
    hold = chat.take(new_clinician(database, "ana@clinic.example"))
    assert hold.role_words == ""
    assert chat.last().text.startswith("Somebody from your dermatology clinic has joined")


# --- while it is held


def test_a_patients_message_is_kept_and_starts_no_turn(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    chat.take(lee)
    message = chat.says("can i drink wine")
    assert message.reading is not None and message.reading.topics == ("alcohol",)
    assert (message.answered_at, message.custom["held"]) == (chat.clock(), True)
    assert jobs_of(database, chat.id) == []
    assert not chat.turn(message)
    assert chat.service.state(chat.id, 0).waiting is False


def test_the_first_message_of_a_hold_gets_one_true_notice(chat: Chat, lee: Clinician) -> None:
    chat.take(lee)
    chat.says("hi there")
    notice = chat.last()
    assert notice.custom["notice"] == RECEIVED
    assert notice.text.startswith("Your message is saved, and Dr Lee can read it here.")
    chat.says("are you there")
    assert chat.last().author == "patient"
    chat.give_back(lee)
    chat.take(lee)
    chat.says("and now")
    assert chat.notices() == [TAKEN, RECEIVED, RETURNED, TAKEN, RECEIVED]


def test_a_concern_opens_its_case_and_gets_urgent_help_as_always(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    chat.take(lee)
    chat.says("I want to kill myself")
    assert [message.kind for message in chat.messages()[-3:]] == ["text", "urgent_help", "notice"]
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=chat.id)
    assert (case.category, case.tier, case.state) == ("concern_suicidal", 1, "open")
    assert len(rows(database, "SELECT 1 FROM deliveries WHERE case_id = :c", c=case.id)) == 1


def test_what_the_patient_answers_stands_on_the_open_cases_and_is_shown_in_alerts(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    chat.says("I think I'm pregnant")
    chat.take(lee)
    chat.reply(lee, "When was your last period?")
    answer = chat.says("five weeks ago")
    assert chat.events("patient_answered") == [("patient_answered", "patient", {"held": True})]
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=chat.id)
    assert case.updated_at == answer.created_at
    kinds = rows(database, "SELECT kind FROM deliveries WHERE case_id = :c ORDER BY id", c=case.id)
    assert [row.kind for row in kinds] == ["case_alert", "case_alert_update"]


def test_words_for_a_clinician_are_no_unanswered_question(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    asked = "SELECT 1 FROM unanswered_questions u JOIN messages m ON m.id = u.message_id WHERE conversation_id = :c"
    chat.take(lee)
    chat.says("since tuesday, mostly in the mornings")
    assert rows(database, asked, c=chat.id) == []
    chat.give_back(lee)
    chat.says("what about my cat")
    assert len(rows(database, asked, c=chat.id)) == 1


def test_a_button_pressed_during_a_hold_counts_and_a_safety_clarification_is_honoured(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    asked = chat.says("am i depressed or what")
    question = Draft("answer", "Is that how you feel now?", buttons=(("Yes, now", "/concern_mood"),))
    assert chat.turn(asked, question)
    chat.take(lee)
    pressed = chat.presses("Yes, now")
    assert (pressed.kind, pressed.answered_at is not None) == ("button", True)
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=chat.id)
    assert case.category == "concern_mood"
    assert [message.kind for message in chat.messages()[-2:]] == ["urgent_help", "notice"]


def test_a_turn_under_way_when_the_hold_begins_stores_no_answer(chat: Chat, lee: Clinician) -> None:
    message = chat.says("can i drink wine")
    running = chat.begin(message)
    chat.take(lee)
    assert not chat.finish(running)
    assert [m.kind for m in chat.messages() if m.author == "assistant"] == ["disclaimer", "notice"]


def test_it_stores_none_either_when_the_hold_is_over_before_it(chat: Chat, lee: Clinician) -> None:
    message = chat.says("can i drink wine")
    running = chat.begin(message)
    chat.take(lee)
    chat.give_back(lee)
    assert not chat.finish(running)
    assert not chat.turn(message)


def test_an_edit_reaches_the_clinician(chat: Chat, lee: Clinician) -> None:
    chat.take(lee)
    chat.clock.pass_(timedelta(seconds=1))
    edited = chat.service.receive_edit(chat.conversation, Event("telegram", f"edit:{chat.id}"), "not in June")
    assert edited is not None
    chat.give_back(lee)
    again = Event("telegram", f"edit2:{chat.id}")
    assert chat.service.receive_edit(chat.conversation, again, "not in July") is None


# --- replies


def test_a_reply_takes_the_hold_and_says_who_writes(chat: Chat, lee: Clinician) -> None:
    chat.reply(lee, "  Please come in on Friday [M15].  ")
    taken, note = chat.messages()[-2:]
    assert taken.custom["notice"] == TAKEN
    assert (note.author, note.kind, note.text) == ("clinician", "note", "Please come in on Friday [M15].")
    assert note.custom["role"] == "Dr Lee"
    hold = chat.holder()
    assert hold is not None and hold.until == chat.clock() + 30 * MINUTE


def test_a_reply_extends_the_hold(chat: Chat, lee: Clinician) -> None:
    chat.take(lee)
    chat.clock.pass_(29 * MINUTE)
    chat.reply(lee, "One moment")
    hold = chat.holder()
    assert hold is not None and hold.until == chat.clock() + 30 * MINUTE


def test_a_form_sent_twice_says_it_once(chat: Chat, lee: Clinician) -> None:
    first = chat.reply(lee, "Yes")
    assert chat.reply(lee, "Yes ") == first
    chat.clock.pass_(2 * MINUTE)
    assert chat.reply(lee, "Yes") != first


@pytest.mark.parametrize(("text", "error"), [(" \u200b ", TextEmpty), ("x" * 4_001, TextTooLong)])
def test_what_cannot_be_sent_takes_nothing(
    chat: Chat, lee: Clinician, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        chat.reply(lee, text)
    assert chat.holder() is None and chat.notices() == []


def test_a_deleted_conversation_is_refused_kindly(chat: Chat, lee: Clinician) -> None:
    chat.says("I think I'm pregnant")
    chat.take(lee)
    chat.service.delete_content(chat.id)
    assert chat.holder() is None
    assert chat.reach() is Reach.DELETED
    for attempt in (lambda: chat.reply(lee, "hello"), lambda: chat.take(lee)):
        with pytest.raises(ConversationDeleted, match="the patient has deleted this conversation"):
            attempt()
    assert chat.give_back(lee) is False
    assert chat.events("conversation_returned") == [
        ("conversation_returned", "patient", {"because": "deleted"})
    ]
    with pytest.raises(ConversationGone):
        chat.says("hello?")


def test_a_patient_whose_session_has_ended_is_known_to_be_out_of_reach(chat: Chat, lee: Clinician) -> None:
    chat.says("I think I'm pregnant")
    assert chat.reach() is Reach.REACHABLE
    chat.clock.pass_(timedelta(days=2))
    assert chat.reach() is Reach.EXPIRED
    chat.reply(lee, "Please call us")
    assert chat.events("patient_unreached") == [
        ("patient_unreached", "outbox", {"channel": "widget", "problem": "the session has ended"})
    ]


# --- the way back


def test_given_back_the_assistant_answers_again_and_says_so(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    chat.take(lee)
    assert chat.give_back(lee) is True
    assert chat.last().text == (
        "Dr Lee has left this chat. I am the computer program, and I answer again. "
        "If you want to hear from a person again, tell me so."
    )
    assert chat.holder() is None
    assert chat.give_back(lee) is False
    message = chat.says("can i drink wine")
    assert len(jobs_of(database, chat.id)) == 1
    assert chat.turn(message)


def test_with_an_urgent_case_open_the_way_back_says_whom_to_call(chat: Chat, lee: Clinician) -> None:
    chat.says("I want to kill myself")
    chat.take(lee)
    chat.give_back(lee)
    (reference,) = [case.reference for case in _cases(chat)]
    text = chat.last().text
    assert f"Your clinic still has your message (reference {reference})." in text
    assert "Please don't wait for an answer here." in text
    assert "988" in text and "(555) 010-0199" in text and "911" in text
    assert [event[:2] for event in chat.events("conversation_held", "conversation_returned")] == [
        ("conversation_held", lee.email),
        ("conversation_returned", lee.email),
    ]


def test_a_wish_to_talk_is_no_emergency(chat: Chat, lee: Clinician) -> None:
    chat.says("I want a real person")
    chat.take(lee)
    chat.give_back(lee)
    assert chat.last().text.endswith(f"(reference {_cases(chat)[0].reference}).")


def test_a_silent_clinicians_conversation_goes_back_by_itself(chat: Chat, lee: Clinician) -> None:
    chat.says("I think I'm pregnant")
    chat.reply(lee, "One moment, please")
    chat.clock.pass_(29 * MINUTE)
    assert chat.chore() == 0
    chat.clock.pass_(MINUTE)
    assert chat.chore() == 1
    assert chat.chore() == 0
    text = chat.last().text
    assert text.startswith("Nobody from your dermatology clinic has written here for a while.")
    assert "I answer again" in text and "911" in text
    assert chat.events("conversation_returned") == [
        ("conversation_returned", "hand-over", {"because": "silence"})
    ]


def test_a_message_after_that_time_is_the_assistants_even_before_the_chore_ran(
    database: Database, chat: Chat, lee: Clinician
) -> None:
    asked = chat.says("can i drink wine")
    chat.turn(asked, Draft("answer", "Little.", topics=("alcohol",)))
    chat.take(lee)
    chat.clock.pass_(31 * MINUTE)
    assert chat.holder() is None
    message = chat.says("hi again")
    assert chat.notices() == [TAKEN, RETURNED]
    assert chat.messages()[-1].id == message.id
    assert chat.reader.contexts[-1].last_topics == ()
    assert chat.turn(message)
    assert chat.chore() == 0


def test_a_patient_who_keeps_writing_to_nobody_gets_the_assistant_back(chat: Chat, lee: Clinician) -> None:
    began = chat.take(lee).since
    while chat.holder() is not None:
        chat.clock.pass_(7 * MINUTE)
        chat.says("hello?")
    assert 60 * MINUTE <= chat.clock() - began < 68 * MINUTE
    assert chat.notices() == [TAKEN, RECEIVED, RETURNED]


def test_a_patients_message_gives_the_clinician_time_to_answer(chat: Chat, lee: Clinician) -> None:
    chat.reply(lee, "How are you?")
    chat.clock.pass_(25 * MINUTE)
    chat.says("fine")
    hold = chat.holder()
    assert hold is not None and hold.until == chat.clock() + 30 * MINUTE


def test_the_length_of_a_hold_is_the_clinics(database: Database, lee: Clinician) -> None:
    chat = Chat(database, terms=terms(minutes=5))
    chat.take(lee)
    chat.clock.pass_(5 * MINUTE)
    assert chat.chore() == 1


def test_another_may_take_what_a_silent_one_has_left(chat: Chat, lee: Clinician, ng: Clinician) -> None:
    chat.take(lee)
    chat.clock.pass_(31 * MINUTE)
    assert chat.take(ng).user_id == ng.id
    assert chat.notices() == [TAKEN, TAKEN]


# --- afterwards


def test_a_late_answer_goes_to_the_clinic_and_to_the_assistant(chat: Chat, lee: Clinician) -> None:
    chat.says("I think I'm pregnant")
    chat.reply(lee, "Please do a test today and tell me")
    chat.clock.pass_(timedelta(hours=5))
    chat.chore()
    late = chat.says("hi, it was negative")
    assert chat.events("patient_answered")[-1] == ("patient_answered", "patient", {"held": False})
    notice = chat.last()
    assert (notice.custom["notice"], notice.in_reply_to) == (PASSED_ON, late.id)
    assert _cases(chat)[0].reference in notice.text
    assert chat.turn(late)
    chat.says("can i drink wine")
    assert len(chat.events("patient_answered")) == 1


def test_without_an_open_case_nothing_is_said_to_be_passed_on(chat: Chat, lee: Clinician) -> None:
    chat.reply(lee, "All is well")
    chat.give_back(lee)
    chat.says("hi")
    assert PASSED_ON not in chat.notices()


def test_rasas_own_record_starts_anew_after_a_hold(database: Database, chat: Chat, lee: Clinician) -> None:
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE IF NOT EXISTS rasa.events (sender_id text)"))
        session.execute(sa.text("INSERT INTO rasa.events VALUES (:c), ('another')"), {"c": str(chat.id)})
    chat.take(lee)
    assert len(rows(database, "SELECT 1 FROM rasa.events")) == 2
    chat.give_back(lee)
    assert [row.sender_id for row in rows(database, "SELECT sender_id FROM rasa.events")] == ["another"]


def test_a_question_of_before_the_hold_is_not_pending_after_it(chat: Chat, lee: Clinician) -> None:
    asked = chat.says("am i depressed or what")
    question = Draft("answer", "Now?", buttons=(("Yes", "/concern_mood"),), custom={"asks": "contact"})
    chat.turn(asked, question)
    before = context_of(chat.messages())
    assert (before.pending_clarification, before.awaiting_contact) == ("concern_mood", True)
    chat.take(lee)
    assert context_of(chat.messages()).pending_clarification == "concern_mood"
    chat.reply(lee, "Did you take it today?")
    assert context_of(chat.messages()).pending_clarification is None
    chat.says("yes")
    chat.give_back(lee)
    after = context_of(chat.messages())
    assert (after.pending_clarification, after.awaiting_contact, after.last_text) == (None, False, "")
    assert after.hints == ("concern_mood",)


def _cases(chat: Chat) -> list[sa.engine.Row]:
    return rows(chat.database, "SELECT * FROM cases WHERE conversation_id = :c ORDER BY tier", c=chat.id)
