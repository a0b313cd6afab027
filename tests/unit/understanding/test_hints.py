"""What doubts a conversation leaves behind."""

from __future__ import annotations

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.hints import choices_of, hints_of, last_question_of, worries_of
from bot.understanding.reading import Reading
from bot.understanding.worry import EXPLICIT, REACH

IN_DOUBT = Reading("feel weird", "clarify_concern", 1.0, clarify="concern_mood")
IN_GENERAL = Reading("Just in general", "ask_topic", 1.0, topics=("mood_education",))
QUESTION = Reading("can i drink", "faq", 0.9, topics=("alcohol",))


def test_a_doubt_stays_while_nobody_settled_it() -> None:
    assert hints_of([IN_DOUBT, QUESTION]) == ("concern_mood",)


def test_a_doubt_answered_with_in_general_is_settled() -> None:
    assert hints_of([IN_DOUBT, IN_GENERAL]) == ()
    assert hints_of([IN_DOUBT, IN_GENERAL, IN_DOUBT]) == ("concern_mood",)


def test_a_topic_button_pressed_later_settles_nothing() -> None:
    assert hints_of([IN_DOUBT, QUESTION, IN_GENERAL]) == ("concern_mood",)


CASE = Reading(
    "i am so low",
    "concern_mood",
    1.0,
    concerns=(Concern(Category.MOOD, 2, 0, 11, "i am so low", "why", 1.0),),
    worry={"concern_mood": 0.7, "concern_suicidal": 0.1},
)
WORRIED = Reading("meh", "clarify_concern", 1.0, clarify="concern_mood", worry={"concern_mood": 0.3})


def test_what_each_message_brought_is_kept_and_a_case_counts_in_full() -> None:
    assert worries_of([WORRIED, QUESTION, CASE]) == (
        {"concern_mood": 0.3},
        {},
        {"concern_mood": EXPLICIT, "concern_suicidal": 0.1},
    )
    assert len(worries_of([WORRIED] * (REACH + 3))) == REACH


def test_in_general_settles_a_doubt_but_never_a_case() -> None:
    assert worries_of([WORRIED, IN_GENERAL]) == ({}, {})
    assert worries_of([CASE, WORRIED, IN_GENERAL])[0]["concern_mood"] == EXPLICIT


def test_a_plain_no_settles_nothing() -> None:
    assert worries_of([WORRIED, Reading("no", "deny", 1.0)])[0] == {"concern_mood": 0.3}


def test_the_question_that_follow_ups_lean_on_named_its_subject() -> None:
    follow_up = Reading("why", "follow_up", 1.0, topics=("alcohol",))
    assert last_question_of([QUESTION, follow_up]) == "can i drink"
    assert last_question_of([]) == ""


def test_several_topics_stay_side_by_side_for_a_few_messages() -> None:
    both = Reading("wine and sun", "faq", 1.0, topics=("alcohol", "sun_sensitivity"))
    assert choices_of([both, QUESTION]) == ("alcohol", "sun_sensitivity")
    assert choices_of([both, QUESTION, QUESTION, QUESTION]) == ()
