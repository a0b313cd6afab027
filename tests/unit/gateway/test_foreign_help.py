"""Urgent help in the patient's language, before English."""

from __future__ import annotations

import pytest

from bot.gateway.words import FrontDoorWords
from bot.safety.categories import Category
from bot.settings import Settings


@pytest.fixture(scope="module")
def words() -> FrontDoorWords:
    return FrontDoorWords.load(Settings.from_env())


def test_it_comes_before_the_english_words_with_the_regions_number(words: FrontDoorWords) -> None:
    text = words.urgent_help(Category.SUICIDAL.value, 1, "UK", "es")
    assert text.startswith("Gracias por contármelo")
    assert text.endswith(words.urgent_help(Category.SUICIDAL.value, 1, "UK"))
    assert text.count("999") == 2 and "116 123 (Samaritans)" in text


@pytest.mark.parametrize("language", [None, "en", "sv", "xx"])
def test_without_a_file_it_is_in_english(words: FrontDoorWords, language: str | None) -> None:
    english = words.urgent_help(Category.PREGNANCY.value, 1, "US")
    assert words.urgent_help(Category.PREGNANCY.value, 1, "US", language) == english


def test_an_unknown_region_gets_the_clinics_own_in_every_language(words: FrontDoorWords) -> None:
    own = words.urgent_help(Category.MOOD.value, 2, words.fallback, "pl")
    assert words.urgent_help(Category.MOOD.value, 2, "XX", "pl") == own
