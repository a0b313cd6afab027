"""Our reader as it is measured: what it judges alone, and in conversation."""

from __future__ import annotations

import pytest

from bot.conversations.context import context_of
from bot.evaluation.gold import Gold
from bot.evaluation.reader_system import ReaderSystem, stored_turn
from bot.evaluation.sweeps import SHIFTS, alarm_prices, answer_prices, moved
from bot.replies import Said
from bot.understanding import Reading
from tests.unit.evaluation.by_hand import MOOD, SUICIDAL


def test_one_message(system: ReaderSystem) -> None:
    assert system.judge("can i drink wine").topics == ("alcohol",)
    found = system.judge("i want to kill myself")
    assert [(c.category, c.tier) for c in found.concerns] == [(SUICIDAL, 1)]


def test_what_the_front_door_refuses_is_not_read(system: ReaderSystem) -> None:
    for text in ("", "  \n", "can i drink wine " * 2000):
        judgement = system.judge(text)
        assert judgement.refused and not judgement.concerns


def test_probabilities_come_with_the_same_judgement(system: ReaderSystem) -> None:
    text = "can i drink wine"
    found = system.judge_with_probabilities(text)
    assert (found.topics, found.concerns) == (system.judge(text).topics, ())
    assert found.best_topic == "alcohol"
    assert found.topic_probability is not None and 0.4 < found.topic_probability <= 1.0
    low = system.judge_with_probabilities("i feel so low and cry").concern_probability
    assert found.concern_probability is not None and low is not None
    assert found.concern_probability < 0.5 < low


def test_a_turn_is_stored_as_the_front_door_stores_it() -> None:
    reading = Reading("can i drink", "faq", 0.9, topics=("alcohol",), clarify=MOOD)
    said = Said("No more than a little.", (("Yes", "/affirm"),))
    patient, answer = stored_turn(4, "can i drink", reading, said, asks_contact=True)
    assert (patient.seq, answer.seq, answer.in_reply_to) == (5, 6, patient.id)
    context = context_of([patient, answer])
    assert context.last_topics == ("alcohol",)
    assert context.pending_clarification == MOOD
    assert context.awaiting_contact


def test_contact_is_asked_for_after_a_concern_alone() -> None:
    plain = stored_turn(0, "hi", Reading("hi", "greet", 0.9), Said("Hello"), asks_contact=False)
    assert not context_of(plain).awaiting_contact


def test_a_turn_leans_on_the_one_before(system: ReaderSystem) -> None:
    alone = system.judge("why?")
    followed = system.judge_turns(["can i drink wine", "why?"])
    assert alone.topics == ()
    assert [judgement.topics for judgement in followed] == [("alcohol",), ("alcohol",)]


def test_thresholds_decide(system: ReaderSystem) -> None:
    assert system.with_thresholds(moved(system.thresholds, "topic", 30.0)).judge("can i drink wine").refused


def test_a_reader_that_remembers_judges_the_same(system: ReaderSystem) -> None:
    texts = ["can i drink wine", "i feel so low and cry", "can i drink wine", "hello"]
    quick = system.remembering()
    assert [quick.judge(text) for text in texts] == [system.judge(text) for text in texts]


def test_prices_move_with_the_thresholds(system: ReaderSystem) -> None:
    messages = [
        Gold("a", "can i drink wine", ("alcohol",), "none"),
        Gold("b", "what does it cost", (), "none"),
        Gold("c", "i feel so low", (), MOOD),
    ]
    answers, alarms = answer_prices(system, messages), alarm_prices(system, messages)
    assert len(answers) == len(alarms) == len(SHIFTS)
    assert [p.threshold for p in answers] == sorted(p.threshold for p in answers)
    assert [p.missed for p in answers] == sorted(p.missed for p in answers)
    assert [p.wrong for p in alarms] == sorted((p.wrong for p in alarms), reverse=True)
    assert answers[len(SHIFTS) // 2].threshold == pytest.approx(system.thresholds.topic)
