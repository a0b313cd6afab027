"""Why did this page me? What the case's page is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cases.domain import Event
from bot.gateway.desk.explanation import reasons
from bot.understanding.explanation import Explanation, Other, Words
from tests.unit.gateway.desk.test_desk_view import MESSAGE, NOW

WHY = Explanation(
    "concern_mood",
    "A reviewed rule matched: Says they are low.",
    start=5,
    end=11,
    certainty=1.0,
    classifier=0.72,
    rules=(Words("low_mood", "Says they are low.", 5, 11),),
    others=(Other("no concern", 0.2),),
    nearest=("low or changed mood",),
    context=("It follows an answer about mood education.",),
    neutralisers=(Words("denies", "Denies it. It did not count.", 0, 4),),
)


def event(explanation: object, kind: str = "opened") -> Event:
    details = {"detector_version": "v1", "explanation": explanation}
    return Event(1, kind, "front door", NOW, MESSAGE.id, details)


def test_the_words_are_put_next_to_the_reasons() -> None:
    (found,) = reasons([event(WHY.to_dict())], [MESSAGE])
    assert (found.before, found.marked, found.after) == ("I am ", "so low", " today")
    assert [(rule.about, rule.words) for rule in found.rules] == [("Says they are low.", "so low")]
    assert found.neutralisers[0].words == "I am"
    assert found.figures == (
        "The classifier by itself: 72% for this concern.",
        "It also considered: no concern 20%.",
    )
    assert (found.nearest, found.context, found.detector) == (WHY.nearest, WHY.context, "v1")


def test_without_the_message_the_reasons_stay() -> None:
    for messages in ([], [replace(MESSAGE, text="")]):
        (found,) = reasons([event(WHY.to_dict())], messages)
        assert (found.marked, found.rules[0].words, found.summary) == ("", "", WHY.summary)


@pytest.mark.parametrize("stored", [None, "text", {}, {"rules": 3}, {**WHY.to_dict(), "unknown": 1}])
def test_what_cannot_be_read_is_left_out(stored: object) -> None:
    assert reasons([event(stored)], [MESSAGE]) == []


def test_only_messages_that_raised_something_count() -> None:
    assert reasons([event(WHY.to_dict(), "tier_raised")], [MESSAGE]) == []
    assert len(reasons([event(WHY.to_dict()), event(WHY.to_dict(), "cue_added")], [MESSAGE])) == 2
