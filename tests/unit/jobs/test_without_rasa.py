"""What is said when Rasa gave no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversations.rules_only import UNREAD
from bot.jobs.without_rasa import APOLOGY, case_notice, replies_without_rasa
from bot.replies.words import Said
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.reading import Reading
from tests.unit.gateway.desk.test_desk_view import CASE

CONCERN = Concern(Category.MOOD, 2, 0, 3, "low", "why", 1.0)


def speak(reading: Reading) -> Said:
    return Said(f"about {', '.join(reading.topics)}" if reading.topics else "")


def read(intent: str, **values: object) -> Reading:
    return Reading("…", intent, 1.0, **values)  # type: ignore[arg-type]


def test_a_covered_question_is_answered() -> None:
    (reply,) = replies_without_rasa(read("faq", topics=("alcohol",)), [], speak)
    assert (reply.kind, reply.text, reply.topics) == ("answer", "about alcohol", ("alcohol",))


@pytest.mark.parametrize("intent", ["greet", "affirm", "provide_contact", "repeat", UNREAD])
def test_what_needs_the_dialogue_gets_an_apology(intent: str) -> None:
    (reply,) = replies_without_rasa(read(intent), [], lambda reading: Said("a guess"))
    assert (reply.kind, reply.text) == ("apology", APOLOGY)


@pytest.mark.parametrize("intent", ["follow_up", "provide_contact"])
def test_a_doubt_is_asked_about_even_beside_what_only_the_dialogue_can_answer(intent: str) -> None:
    (reply,) = replies_without_rasa(
        read(intent, clarify="concern_mood"), [], lambda reading: Said(f"as {reading.intent}")
    )
    assert (reply.kind, reply.text) == ("answer", "as clarify_concern")


def test_a_concern_is_pointed_to_its_case_and_its_question_answered() -> None:
    reading = read("concern_mood", concerns=(CONCERN,), topics=("alcohol",))
    notice, answer = replies_without_rasa(reading, [CASE], speak)
    assert "reference K7F-3QX" in notice.text
    assert answer.text == "about alcohol"


def test_a_concern_whose_case_is_gone_claims_nothing() -> None:
    (reply,) = replies_without_rasa(read("concern_mood", concerns=(CONCERN,)), [], speak)
    assert reply.text == APOLOGY


def test_a_concern_alone_gets_the_case_and_no_false_comfort() -> None:
    (reply,) = replies_without_rasa(read("concern_mood", concerns=(CONCERN,)), [CASE], speak)
    assert reply.kind == "case_notice"
    assert "don't wait" in reply.text


def test_two_cases_are_both_named() -> None:
    assert "references K7F-3QX and ABC-DEF" in case_notice([CASE, replace(CASE, reference="ABC-DEF")]).text
