"""What is said to a message with one question, several, or none that can be answered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import AnswerBook, UnknownTopic, cited_ids, compose_answer, not_covered, personal_dose
from bot.content.checker import check_text
from bot.content.facts import FactBook
from bot.content.lexicon import Lexicon
from bot.content.sentences import split_sentences


def test_one_topic_gets_its_answer_as_it_stands(answers: AnswerBook) -> None:
    assert compose_answer(["alcohol"], answers) == answers["alcohol"].text
    assert compose_answer(["alcohol", "alcohol"], answers) == answers["alcohol"].text


def test_several_topics_are_answered_in_the_order_asked_under_their_titles(answers: AnswerBook) -> None:
    text = compose_answer(["storage", "alcohol", "liver"], answers)
    assert text.split("\n\n") == [
        f"Storage:\n{answers['storage'].text}",
        f"Alcohol:\n{answers['alcohol'].text}",
        f"Liver:\n{answers['liver'].text}",
    ]


def test_what_is_left_after_three_is_named(answers: AnswerBook) -> None:
    text = compose_answer(["storage", "alcohol", "liver", "missed_dose"], answers)
    assert text.endswith("\n\nYou also asked about missed doses; ask me again and I'll answer that too.")
    text = compose_answer(["storage", "alcohol", "liver", "missed_dose", "dry_eyes"], answers)
    assert text.endswith(
        "You also asked about missed doses and dry eyes; ask me again and I'll answer those too."
    )
    assert answers["missed_dose"].text not in text


def test_an_unknown_topic_and_no_topic_are_errors(answers: AnswerBook) -> None:
    with pytest.raises(UnknownTopic, match=r"no answer for the topic 'moon': add data/responses/moon\.yml"):
        compose_answer(["alcohol", "moon"], answers)
    with pytest.raises(ValueError):
        compose_answer([], answers)


def test_the_refusal_is_honest_names_what_is_near_and_offers_the_clinic(answers: AnswerBook) -> None:
    text = not_covered(["missed_dose", "alcohol", "dry_skin_lips", "liver"], answers)
    assert text == (
        "My two sources don't cover that, so I won't guess.\n\n"
        "I can tell you about missed doses, alcohol or dry skin and lips. "
        "Would you like me to pass your question to the clinic?"
    )


@pytest.mark.parametrize("nearby", [[], ["common_side_effects"], ["alcohol"], ["alcohol", "alcohol"]])
def test_the_refusal_always_names_two_subjects(nearby: list[str], answers: AnswerBook) -> None:
    text = not_covered(nearby, answers)
    named = [
        answer.topic
        for answer in answers
        if f"about {answer.short} or " in text or f" or {answer.short}." in text
    ]
    assert len(named) == 2
    assert set(nearby) <= set(named)


def test_a_personal_dose_is_never_worked_out(facts: FactBook, answers: AnswerBook, lexicon: Lexicon) -> None:
    text = personal_dose(answers)
    first, *rest = split_sentences(text)
    assert first.text.startswith("I can't work out a dose for you")
    assert "Your prescriber sets your dose" in rest[0].text
    assert " ".join(sentence.text for sentence in rest) == answers["dosage"].text
    assert [breach.sentence for breach in check_text("dosage", text, facts, lexicon)] == [first.text]


@settings(max_examples=60)
@given(data=st.data())
def test_no_fact_is_lost_or_added_by_putting_answers_together(
    data: st.DataObject, answers: AnswerBook
) -> None:
    topics = data.draw(st.lists(st.sampled_from(answers.topics), min_size=1, max_size=6))
    asked = list(dict.fromkeys(topics))
    text = compose_answer(topics, answers)
    assert set(cited_ids(text)) == {fact for topic in asked[:3] for fact in cited_ids(answers[topic].text)}
    assert all(answers[topic].short in text for topic in asked[3:])
