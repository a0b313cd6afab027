"""Messages in other languages, and in two at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.other_languages import OtherLanguages, beside_english, only_foreign
from bot.understanding.reading import Reading

DATA = Path(__file__).resolve().parents[3] / "data"
MESSAGES = [
    json.loads(line)
    for line in (DATA.parent / "tests" / "data" / "languages.jsonl").read_text(encoding="utf-8").splitlines()
]
LANGUAGES = OtherLanguages.load(DATA / "languages")


@pytest.mark.parametrize(
    "message", [m for m in MESSAGES if m["language"] and m["tier"]], ids=lambda message: str(message["id"])
)
def test_concerns_are_found_with_evidence_and_reason(message: dict[str, str]) -> None:
    found = LANGUAGES.read(message["text"])
    assert found.language == message["language"]
    concern = found.concerns[0]
    assert (concern.category.value, concern.tier) == (message["concern"], message["tier"])
    assert concern.evidence == message["text"][concern.start : concern.end] != ""
    assert ", in " in concern.reason


@pytest.mark.parametrize(
    "message",
    [m for m in MESSAGES if m["language"] and not m["tier"]],
    ids=lambda message: str(message["id"]),
)
def test_plain_questions_raise_nothing(message: dict[str, str]) -> None:
    assert LANGUAGES.read(message["text"]).concerns == ()


@pytest.mark.parametrize(
    ("text", "language", "category", "evidence"),
    [
        ("Nie chcę żyć. I want to sleep and never open eyes.", "pl", Category.SUICIDAL, "Nie chcę żyć"),
        ("Sorry for my english. Estoy embarazada. What now?", "es", Category.PREGNANCY, "Estoy embarazada"),
        ("je veux mourir, i dont know how to say it", "fr", Category.SUICIDAL, "je veux mourir"),
    ],
)
def test_a_message_in_two_languages_is_read_in_both(
    text: str, language: str, category: Category, evidence: str
) -> None:
    found = LANGUAGES.read(text)
    assert (found.language, found.also_english) == (language, True)
    assert (found.concerns[0].category, found.concerns[0].evidence) == (category, evidence)


@pytest.mark.parametrize(
    "text",
    [
        "i want to die",
        "it will make me sad if my period is late",
        "the sun in June, no sin in that",
        "my mate said la vida loca and i said no, not on accutane",
    ],
)
def test_english_is_never_screened_for_other_languages(text: str) -> None:
    found = LANGUAGES.read(text)
    assert (found.language, found.concerns) == (None, ())


@given(st.text())
def test_evidence_always_stands_in_the_message(text: str) -> None:
    for concern in LANGUAGES.read(text).concerns:
        assert concern.evidence == text[concern.start : concern.end]


@given(st.text(alphabet="quiero morir embarazada.,¿? the", max_size=60))
def test_a_category_is_raised_once_and_the_most_urgent_first(text: str) -> None:
    concerns = LANGUAGES.read(text).concerns
    assert len({concern.category for concern in concerns}) == len(concerns)
    assert [concern.tier for concern in concerns] == sorted(concern.tier for concern in concerns)


def test_a_foreign_question_is_not_guessed_at() -> None:
    text = "¿Puedo beber alcohol durante el tratamiento?"
    reading = only_foreign(text, LANGUAGES.read(text), (), "v")
    assert (reading.intent, reading.language, reading.topics) == ("other_language", "es", ())


def test_concerns_of_both_languages_count() -> None:
    text = "estoy embarazada. and I want to die"
    english = Concern(Category.SUICIDAL, 1, 22, 35, "want to die", "why", 1.0)
    reading = beside_english(
        Reading(text, english.category.value, 1.0, concerns=(english,)), LANGUAGES.read(text)
    )
    assert {concern.category for concern in reading.concerns} == {Category.SUICIDAL, Category.PREGNANCY}
    assert reading.language == "es"


def test_an_english_question_beside_another_language_is_answered() -> None:
    foreign = LANGUAGES.read("Hola, hablo poco ingles y tengo la piel seca: can I drink alcohol?")
    reading = Reading("x", "faq", 0.9, topics=("alcohol",))
    assert beside_english(reading, foreign) == reading


def test_without_files_only_the_language_is_told() -> None:
    found = OtherLanguages({}).read("estoy embarazada y tengo mucho miedo")
    assert (found.language, found.concerns) == ("es", ())
