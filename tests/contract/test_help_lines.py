"""Whom to call: open to everybody, for every region that has a file, and never empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.gateway.help_lines import HelpLines
from bot.safety.regions import Region, load_regions

REGIONS = load_regions(Path(__file__).resolve().parents[2] / "data" / "regions")
CLIENT = TestClient(Starlette(routes=HelpLines(REGIONS, "US").routes()))


@pytest.mark.parametrize("region", REGIONS.values(), ids=lambda region: region.code)
def test_the_emergency_number_comes_first_and_a_crisis_line_follows(region: Region) -> None:
    found = CLIENT.get("/widget/v1/help", params={"region": region.code.lower()}).json()
    assert found["region"] == region.code
    numbers = [line["number"] for line in found["lines"]]
    assert numbers[0] in region.emergency
    assert numbers[1] == region.crisis[0].number


def test_a_line_that_only_takes_texts_is_not_offered_as_a_call() -> None:
    numbers = [line["number"] for line in CLIENT.get("/widget/v1/help?region=UK").json()["lines"]]
    assert "85258" not in numbers


def test_an_unknown_region_gets_the_clinics_own() -> None:
    assert CLIENT.get("/widget/v1/help?region=ZZ").json()["region"] == "US"
    assert CLIENT.get("/widget/v1/help").json()["lines"][0]["number"] == "911"
    assert CLIENT.get("/widget/v1/help?region=gb").json()["region"] == "UK"


def test_a_page_that_names_no_region_gets_the_clinics_own() -> None:
    clinic_in_ireland = TestClient(Starlette(routes=HelpLines(REGIONS, "IE").routes()))
    assert clinic_in_ireland.get("/widget/v1/help").json()["region"] == "IE"


@pytest.mark.parametrize("region", REGIONS)
def test_a_translation_leaves_no_word_of_ours_in_english(region: str) -> None:
    def lines(lang: str) -> list[dict[str, str]]:
        found = CLIENT.get("/widget/v1/help", params={"region": region, "lang": lang}).json()["lines"]
        return list(found)

    for english, spanish in zip(lines("en-US"), lines("es-MX"), strict=True):
        assert english["number"] == spanish["number"]
        assert english["note"] != spanish["note"] or not english["note"]
    assert lines("es")[0]["name"] == "Emergencias"
    assert lines("xx") == lines("en")
