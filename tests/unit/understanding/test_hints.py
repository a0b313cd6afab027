"""What doubts a conversation leaves behind."""

from __future__ import annotations

from bot.understanding.hints import hints_of
from bot.understanding.reading import Reading

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
