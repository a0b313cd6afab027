"""What is said to a reading."""

from __future__ import annotations

import pytest

from bot.content import cited_ids, number_citations
from bot.replies import Said, Words
from bot.replies.words import ASK_CLINIC
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Reading
from bot.understanding.labels import CONCERNS
from bot.understanding.payload import parse_payload, topic_payload


def reading(intent: str = "faq", **more: object) -> Reading:
    return Reading("a message", intent, 0.9, **more)  # type: ignore[arg-type]


def concerned(category: Category, tier: int, *topics: str) -> Reading:
    concern = Concern(category, tier, 0, 9, "a message", "why", 1.0)
    return reading(category.value, topics=topics, concerns=(concern,))


def test_every_topic_has_an_answer_that_cites_its_sources(words: Words) -> None:
    for topic in words.answers.answers:
        said = words.answer(reading(topics=(topic,)))
        rendered = number_citations(said.text, words.facts)
        assert rendered.citations, topic
        assert all(citation.source and citation.section for citation in rendered.citations)
        assert "[1" in rendered.text
        assert said.buttons and len(said.buttons) <= 3


def test_quick_replies_ask_for_other_topics(words: Words) -> None:
    for title, payload in words.answer(reading(topics=("alcohol",))).buttons:
        topic = parse_payload(payload).topic
        assert topic is not None and topic != "alcohol"
        assert title == words.answers[topic].title


def test_several_questions_are_answered_in_order_under_their_titles(words: Words) -> None:
    text = words.answer(reading(topics=("sun_sensitivity", "alcohol"))).text
    assert 0 <= text.index("Sun and sunscreen:") < text.index("Alcohol:")


def test_what_is_left_for_later_is_named_and_offered_first(words: Words) -> None:
    said = words.answer(reading(topics=("sun_sensitivity", "alcohol", "storage"), further_topics=("liver",)))
    assert words.answers["liver"].short in said.text
    assert "Liver:" not in said.text and words.answers["liver"].text not in said.text
    assert said.buttons[0] == ("Liver", topic_payload("liver"))


def test_a_part_that_is_not_covered_is_said_and_the_clinic_is_offered(words: Words) -> None:
    said = words.answer(reading(topics=("alcohol",), uncovered=True))
    assert words.answers["alcohol"].text in said.text
    assert "don't cover" in said.text and said.buttons[-1] == ASK_CLINIC


def test_a_topic_that_has_no_answer_is_not_invented(words: Words) -> None:
    said = words.answer(reading("ask_topic", topics=("the_moon",)))
    assert "don't cover" in said.text and cited_ids(said.text) == ()


@pytest.mark.parametrize(
    ("category", "tier"),
    [(Category.SUICIDAL, 1), (Category.SERIOUS_SIDE_EFFECT, 1), (Category.MOOD, 1), (Category.HUMAN, 1)],
)
def test_beside_a_danger_to_life_nothing_else_is_said(words: Words, category: Category, tier: int) -> None:
    assert words.other_questions(concerned(category, tier, "alcohol")) == Said("")


@pytest.mark.parametrize(
    ("category", "tier"), [(Category.PREGNANCY, 1), (Category.MOOD, 2), (Category.SERIOUS_SIDE_EFFECT, 2)]
)
def test_beside_other_concerns_the_other_questions_are_answered(
    words: Words, category: Category, tier: int
) -> None:
    said = words.other_questions(concerned(category, tier, "storage"))
    assert words.answers["storage"].text in said.text and "also asked" in said.text
    assert words.other_questions(concerned(category, tier)) == Said("")


def test_a_doubt_beside_an_answer_is_asked_after_it(words: Words) -> None:
    said = words.answer(reading(topics=("mood_education",), clarify="concern_mood"))
    asked = words.clarify(reading("clarify_concern", clarify="concern_mood"))
    assert said.text.startswith(words.answers["mood_education"].text) and said.text.endswith(asked.text)
    assert said.buttons == asked.buttons


def test_not_covered_offers_what_is_near_and_the_clinic(words: Words) -> None:
    said = words.not_covered(reading("not_in_source", nearby=("liver", "alcohol")))
    assert "won't guess" in said.text and cited_ids(said.text) == ()
    assert [title for title, _ in said.buttons] == ["Liver", "Alcohol", "Ask my clinic"]


def test_a_personal_dose_is_never_worked_out(words: Words) -> None:
    said = words.personal_dose(reading("personal_dose", topics=("dosage", "alcohol")))
    assert said.text.startswith("I can't work out a dose for you")
    assert words.answers["dosage"].text in said.text and words.answers["alcohol"].text in said.text
    assert said.text.count(words.answers["dosage"].text) == 1 and ASK_CLINIC in said.buttons


def test_unsure_asks_back_without_facts(words: Words) -> None:
    said = words.unsure(reading("unsure", nearby=("alcohol",)))
    assert "other words" in said.text and cited_ids(said.text) == ()
    assert said.buttons == (("Alcohol", topic_payload("alcohol")),)


@pytest.mark.parametrize("category", [c for c in CONCERNS if c != Category.HUMAN.value])
def test_a_doubt_is_asked_with_two_buttons(words: Words, category: str) -> None:
    said = words.clarify(reading("clarify_concern", clarify=category))
    (now, now_payload), (general, general_payload) = said.buttons
    assert (now, now_payload) == ("It's happening to me now", f"/{category}")
    assert general == "Just in general" and parse_payload(general_payload).topic in words.answers
    assert said.text.endswith("?")


@pytest.mark.parametrize("category", [Category.SUICIDAL.value, Category.SERIOUS_SIDE_EFFECT.value])
def test_a_doubt_about_a_danger_names_the_emergency_number(words: Words, category: str) -> None:
    assert "call your emergency number" in words.clarify(reading("clarify_concern", clarify=category)).text


def test_a_doubt_is_asked_whatever_else_is_answered(words: Words) -> None:
    doubt = "concern_mood"
    asked = words.clarify(reading("clarify_concern", clarify=doubt))
    answers = (
        words.answer(reading("faq", topics=("alcohol",), clarify=doubt)),
        words.personal_dose(reading("personal_dose", clarify=doubt)),
        words.follow_up(("alcohol",), reading("follow_up", clarify=doubt)),
    )
    for said in answers:
        assert said.text.endswith(asked.text) and said.buttons == asked.buttons


def test_a_follow_up_repeats_what_the_sources_say_about_the_subject(words: Words) -> None:
    said = words.follow_up(("alcohol", "liver"), reading("follow_up"))
    assert words.answers["alcohol"].text in said.text and words.answers["liver"].text not in said.text


def test_a_follow_up_on_nothing_asks_back(words: Words) -> None:
    assert words.follow_up((), reading("follow_up")) == words.unsure(reading("follow_up"))


def test_sources_name_titles_and_sections(words: Words) -> None:
    text = words.sources(("alcohol",)).text
    cited = [words.facts.facts[fact] for fact in cited_ids(words.answers["alcohol"].text)]
    assert len({fact.source.title for fact in cited}) == 2
    for fact in cited:
        assert f"“{fact.source.title}”" in text and fact.section in text
    assert len(text.splitlines()) == 4


def test_sources_of_nothing_name_both_texts(words: Words) -> None:
    text = words.sources(()).text
    assert all(f"“{source.title}”" in text for source in words.facts.sources.values())
    assert words.sources(("the_moon",)).text == text


def test_repeat(words: Words) -> None:
    assert words.repeat("Never double [M15].") == Said("Never double [M15].")
    assert "haven't said anything" in words.repeat("").text


def test_a_said_in_rasas_shape() -> None:
    assert Said("a").to_dict() == {"text": "a"}
    assert Said("a", (("Yes", "/affirm"),)).to_dict()["buttons"] == [{"title": "Yes", "payload": "/affirm"}]


def test_another_language_is_answered_in_it_and_in_english(words: Words) -> None:
    said = words.other_language(Reading("hola", "other_language", 1.0, language="es"))
    assert said.text.startswith("Lo siento, solo puedo responder en inglés")
    assert said.text.endswith("where you are.") and "I can only answer in English" in said.text
    assert said.buttons == (("Preguntar a mi clínica", "/request_human"),)


def test_a_language_without_a_file_is_answered_in_english(words: Words) -> None:
    said = words.other_language(Reading("hej", "other_language", 1.0, language="sv"))
    assert said.text.startswith("I can only answer in English")
