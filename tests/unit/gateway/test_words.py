"""The front door's own words, from the real data."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bot.gateway.words import FrontDoorWords
from bot.safety.categories import TIERS, Category
from bot.settings import REGIONS, Settings

SETTINGS = Settings(clinic_name="Elm Street Dermatology")
NUMBERS = {"US": "911", "UK": "999", "IE": "112", "CA": "911", "AU": "000", "NZ": "111", "EU": "112"}


@pytest.fixture(scope="module")
def words() -> FrontDoorWords:
    return FrontDoorWords.load(SETTINGS)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_names_its_own_emergency_number(words: FrontDoorWords, region: str) -> None:
    assert NUMBERS[region] in words.emergency(region)
    assert NUMBERS[region] in words.disclaimer(region)
    assert "not a doctor" in words.disclaimer(region)
    assert "Elm Street Dermatology" in words.disclaimer(region)


def test_there_are_urgent_words_for_every_concern_tier_and_region(words: FrontDoorWords) -> None:
    for category, tier, region in product(Category, TIERS, REGIONS):
        text = words.urgent_help(category.value, tier, region)
        assert len(text) > 50
        assert "{" not in text
        assert "has been told" not in text


def test_an_unknown_region_gets_the_clinics_own(words: FrontDoorWords) -> None:
    assert words.emergency("XX") == words.emergency("US")
    uk = FrontDoorWords.load(replace(SETTINGS, region="UK"))
    assert "999" in uk.urgent_help("concern_suicidal", 1, "XX")


def test_the_clinics_number_is_given_when_it_is_known() -> None:
    words = FrontDoorWords.load(replace(SETTINGS, clinic_phone="020 7946 0000"))
    assert "The number of Elm Street Dermatology is 020 7946 0000." in words.urgent_help(
        "concern_mood", 2, "UK"
    )
