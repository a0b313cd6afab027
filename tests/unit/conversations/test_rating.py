"""When patients are asked whether an answer helped, and what their press says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from uuid import uuid4

import pytest

from bot.cases.domain import Case, State
from bot.conversations.context import context_of
from bot.conversations.rating import (
    ASK_CLINIC,
    GRAVE_TOPICS,
    HELPED,
    MISSED,
    RATE,
    RATED,
    answers_since_asked,
    helpful_of,
    thanks,
    with_rating,
)
from bot.conversations.values import Button, Draft, Message
from bot.replies.words import ASK_CLINIC as WORDS_ASK_CLINIC
from bot.understanding.labels import EDUCATION
from bot.understanding.payload import parse_payload
from bot.understanding.reading import Reading

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
ANSWERED = Reading("can i drink", "faq", 0.9, topics=("alcohol",))
MORE = ("Liver", '/ask_topic{"topic": "liver"}')
ANSWER = Draft("answer", "Little.", buttons=(MORE,), topics=("alcohol",))
NO_CASES: tuple[Case, ...] = ()


def titles(drafts: Sequence[Draft]) -> list[list[str]]:
    return [[title for title, _ in draft.buttons] for draft in drafts]


def message(kind: str, buttons: Sequence[tuple[str, str]] = (), **more: object) -> Message:
    values: dict[str, object] = {
        "id": uuid4(),
        "conversation_id": uuid4(),
        "seq": 1,
        "author": "assistant",
        "kind": kind,
        "text": "words",
        "in_reply_to": uuid4(),
        "buttons": tuple(Button(str(n), title, payload) for n, (title, payload) in enumerate(buttons)),
        "topics": ("alcohol",) if kind == "answer" else (),
        "concern": None,
        "reading": None,
        "custom": {},
        "created_at": NOW,
        "answered_at": None,
        **more,
    }
    return Message(**values)  # type: ignore[arg-type]


def case() -> Case:
    return Case(
        uuid4(), "K7F-3QX", uuid4(), uuid4(), "concern_mood", 2, State.OPEN, "low", 0, 3, "why", "v1", "widget",
        None, None, NOW, NOW, NOW, None,
    )  # fmt: skip


def test_a_plain_answer_asks_after_its_own_quick_replies() -> None:
    assert titles(with_rating([ANSWER], ANSWERED, NO_CASES, [])) == [["Liver", HELPED[0], MISSED[0]]]


def test_of_several_messages_the_last_asks() -> None:
    assert titles(with_rating([ANSWER, ANSWER], ANSWERED, NO_CASES, [])) == [
        ["Liver"],
        ["Liver", HELPED[0], MISSED[0]],
    ]


@pytest.mark.parametrize(
    "reading",
    [
        None,
        replace(ANSWERED, intent="greet", topics=()),
        replace(ANSWERED, intent="not_in_source", topics=()),
        replace(ANSWERED, intent="concern_mood"),
        replace(ANSWERED, clarify="concern_mood"),
        replace(ANSWERED, uncovered=True),
        replace(ANSWERED, language="es"),
        *(replace(ANSWERED, topics=("alcohol", topic)) for topic in sorted(GRAVE_TOPICS)),
    ],
)
def test_nobody_is_asked_about_anything_but_a_plain_answer(reading: Reading | None) -> None:
    assert with_rating([ANSWER], reading, NO_CASES, []) == [ANSWER]


@pytest.mark.parametrize(
    "draft",
    [
        Draft("apology", "Sorry."),
        Draft("case_notice", "Your message is on the desk."),
        replace(ANSWER, custom={"asks": "contact"}),
        replace(ANSWER, buttons=(MORE, ASK_CLINIC)),
        replace(ANSWER, buttons=(("Skip", "/skip_contact"),)),
    ],
)
def test_nor_beside_a_form_an_offer_or_a_fault(draft: Draft) -> None:
    assert with_rating([ANSWER, draft], ANSWERED, NO_CASES, []) == [ANSWER, draft]
    assert with_rating([draft, ANSWER], ANSWERED, NO_CASES, []) == [draft, ANSWER]


def test_nor_while_a_concern_is_open() -> None:
    assert with_rating([ANSWER], ANSWERED, [case()], []) == [ANSWER]


def test_no_replies_stay_none() -> None:
    assert with_rating([], ANSWERED, NO_CASES, []) == []


def test_at_most_every_third_answer_asks() -> None:
    recent: list[Message] = []
    asked = []
    for _ in range(8):
        (reply,) = with_rating([ANSWER], ANSWERED, NO_CASES, recent)
        asked.append(len(reply.buttons) > 1)
        recent.append(message("answer", reply.buttons))
        recent.append(message("notice"))
    assert asked == [True, False, False, True, False, False, True, False]


def test_an_answer_in_two_messages_is_one_answer_and_small_talk_is_none() -> None:
    asked, turn = message("answer", (HELPED, MISSED)), uuid4()
    two = [message("answer", in_reply_to=turn), message("answer", in_reply_to=turn)]
    hello = message("answer", topics=())
    assert answers_since_asked([asked, *two, hello]) == 1


def test_payloads_say_what_their_titles_say_and_are_read_like_any_other() -> None:
    assert (helpful_of(HELPED[1]), helpful_of(MISSED[1])) == (True, False)
    assert [parse_payload(payload).intent for _, payload in (HELPED, MISSED)] == [RATE, RATE]
    assert helpful_of('/ask_topic{"topic": "liver"}') is None
    assert helpful_of('/rate{"helpful": "true"}') is None


def test_after_a_miss_the_clinic_is_offered_with_the_usual_button_and_nothing_is_claimed() -> None:
    assert thanks(False).buttons == (ASK_CLINIC,) == (WORDS_ASK_CLINIC,)
    assert thanks(True).buttons == ()
    assert "has been" not in thanks(False).text


def test_what_only_explains_a_concern_is_a_grave_topic() -> None:
    assert set(EDUCATION.values()) <= GRAVE_TOPICS


def press(helpful: bool, **more: object) -> Message:
    return message(
        "button",
        author="patient",
        in_reply_to=None,
        reading=Reading("pressed", RATE, 1.0),
        custom={RATED: "id", RATE: helpful},
        **more,
    )


def test_a_rating_leaves_the_conversation_as_it_was() -> None:
    asked = message("text", author="patient", in_reply_to=None, reading=ANSWERED)
    answer = message("answer", (MORE, HELPED, MISSED), in_reply_to=asked.id)
    before = context_of([asked, answer])
    assert before.offers == (MORE,)
    assert context_of([asked, answer, press(True), message("notice")]) == before


def test_after_a_miss_a_yes_means_the_clinic() -> None:
    asked = message("text", author="patient", in_reply_to=None, reading=ANSWERED)
    answer = message("answer", (MORE, HELPED, MISSED), in_reply_to=asked.id)
    context = context_of([asked, answer, press(False), message("notice", (ASK_CLINIC,))])
    assert context.offered_clinic
    assert context.offers == (MORE, ASK_CLINIC)
    later = message("text", author="patient", in_reply_to=None, reading=ANSWERED)
    assert not context_of([asked, answer, press(False), later]).offered_clinic
