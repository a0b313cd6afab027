"""What earlier messages say about the next one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID, uuid4

from bot.conversations.context import context_of
from bot.conversations.values import Button, Message
from bot.understanding.reading import Context, Reading

CONVERSATION = uuid4()


def message(**values: Any) -> Message:
    base: dict[str, Any] = {
        "id": uuid4(),
        "conversation_id": CONVERSATION,
        "seq": 1,
        "author": "patient",
        "kind": "text",
        "text": "",
        "in_reply_to": None,
        "buttons": (),
        "topics": (),
        "concern": None,
        "reading": None,
        "custom": {},
        "created_at": datetime(2026, 11, 23, tzinfo=timezone.utc),
        "answered_at": None,
    }
    return Message(**{**base, **values})


def asked(text: str, intent: str = "faq", **reading: Any) -> Message:
    return message(text=text, reading=Reading(text, intent, 1.0, **reading))


def answered(to: Message, **values: Any) -> Message:
    return message(author="assistant", kind="answer", in_reply_to=to.id, text="…", **values)


def test_a_first_message_has_no_context() -> None:
    disclaimer = message(author="assistant", kind="disclaimer", text="I am a program")
    assert context_of([]) == context_of([disclaimer]) == Context()


def test_topics_come_from_the_last_answer_that_had_any() -> None:
    first = asked("wine?", topics=("alcohol",))
    thanks = asked("thanks", "thanks")
    context = context_of([first, answered(first, topics=("alcohol",)), thanks, answered(thanks)])
    assert (context.last_topics, context.last_question) == (("alcohol",), "wine?")


def test_a_clarification_is_pending_once_it_was_asked_and_until_the_next_message() -> None:
    doubt = asked("i wonder about my mood", "clarify_concern", clarify="concern_mood")
    assert context_of([doubt]).pending_clarification is None
    assert context_of([doubt, answered(doubt)]).pending_clarification == "concern_mood"
    later = asked("wine?", topics=("alcohol",))
    context = context_of([doubt, answered(doubt), later, answered(later)])
    assert (context.pending_clarification, context.hints) == (None, ("concern_mood",))


def test_contact_is_awaited_whichever_of_the_replies_asked() -> None:
    concern = asked("i am pregnant", "concern_pregnancy")
    replies = [answered(concern, custom={"asks": "contact"}), answered(concern)]
    assert context_of([concern, *replies]).awaiting_contact
    assert not context_of([concern, answered(concern)]).awaiting_contact
    assert not context_of([concern, *replies, asked("wine?")]).awaiting_contact


def test_an_unclear_message_was_asked_back() -> None:
    unclear = asked("hm", "unsure")
    assert context_of([unclear, answered(unclear)]).asked_back
    assert not context_of([unclear]).asked_back


def test_follow_ups_do_not_become_the_question_that_others_lean_on() -> None:
    question, why = asked("wine?", topics=("alcohol",)), asked("why", "follow_up", topics=("alcohol",))
    context = context_of([question, answered(question, topics=("alcohol",)), why, answered(why)])
    assert (context.last_question, context.last_text, context.last_intent) == ("wine?", "why", "follow_up")


def test_quick_replies_can_be_typed_only_while_they_are_there() -> None:
    question = asked("hair?", "not_in_source")
    answer = answered(question, buttons=(Button("b1", "Dry skin", "/ask_topic"),))
    assert context_of([question, answer]).offers == (("Dry skin", "/ask_topic"),)
    assert context_of([question, answer, asked("ok", "affirm")]).offers == ()


def test_worry_is_carried_on() -> None:
    doubt = asked("meh", "clarify_concern", worry={"concern_mood": 0.3})
    context = context_of([doubt, answered(doubt)])
    assert context.worries == ({"concern_mood": 0.3},) and not context.follows_a_concern


def test_a_message_without_a_readable_reading_is_passed_over() -> None:
    odd = message(text="old", reading=None)
    assert context_of([odd, answered(odd)]) == Context()
    assert isinstance(odd.id, UUID)


def test_answered_is_what_the_assistant_said_last_word_to() -> None:
    first = asked("wine?", topics=("alcohol",))
    assert not context_of([first]).answered
    assert context_of([first, answered(first)]).answered
    joined = message(author="assistant", kind="notice", text="Dr Ana is here", custom={"notice": "joined"})
    assert not context_of([first, answered(first), joined]).answered
    doctor = message(author="clinician", kind="text", text="hello")
    assert not context_of([first, answered(first), doctor]).answered
