"""What patients read at once, and the numbers in it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
import yaml

from bot.safety.categories import TIERS, Category
from bot.safety.errors import RegionError
from bot.safety.regions import Region, load_regions, region_of
from bot.safety.urgent_help import not_monitored, urgent_help

DATA = Path(__file__).resolve().parents[3] / "data"
REGIONS = load_regions(DATA / "regions")
EVERY_REGION = pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS.keys())


def test_the_agreed_regions_are_there() -> None:
    assert set(REGIONS) == {"US", "UK", "IE", "CA", "AU", "NZ", "EU"}


@pytest.mark.parametrize(
    ("code", "emergency", "crisis", "poison"),
    [
        ("US", "911", "988", "1-800-222-1222"),
        ("UK", "999", "116 123", None),
        ("IE", "112 or 999", "116 123", "01 809 2166"),
        ("CA", "911", "988", "1-844-764-7669"),
        ("AU", "000", "13 11 14", "13 11 26"),
        ("NZ", "111", "1737", "0800 764 766"),
        ("EU", "112", "116 123", None),
    ],
)
def test_the_numbers(code: str, emergency: str, crisis: str, poison: str | None) -> None:
    region = REGIONS[code]
    assert region.emergency == emergency
    assert crisis in region.crisis[0].reach
    assert (region.poison.reach if region.poison else None) == (f"call {poison}" if poison else None)


@EVERY_REGION
def test_every_number_has_its_public_source(region: Region) -> None:
    data = yaml.safe_load((DATA / "regions" / f"{region.code.lower()}.yml").read_text(encoding="utf-8"))
    entries = [data["emergency"], *data["crisis"], data.get("poison"), data.get("advice")]
    for entry in entries:
        assert entry is None or re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", entry["source"])
    assert re.fullmatch(r"20\d\d-\d\d", region.checked)


@EVERY_REGION
def test_urgent_words_for_every_category_and_tier(region: Region) -> None:
    for category, tier in product(Category, TIERS):
        text = urgent_help(category, tier, region)
        assert len(text) > 60
        assert not re.search(r"[{}]|  ", text)
        if tier == 1:
            assert region.emergency in text


@EVERY_REGION
def test_suicidal_words_begin_with_care_and_name_the_crisis_line(region: Region) -> None:
    text = urgent_help("concern_suicidal", 1, region)
    assert text.startswith("I'm really glad you told me")
    assert region.crisis[0].reach in text


@EVERY_REGION
def test_an_overdose_gets_the_poison_line_or_the_advice_line(region: Region) -> None:
    text = urgent_help("concern_serious_side_effect", 1, region)
    line = region.poison or region.advice
    if line is not None:
        assert line.reach in text


@pytest.mark.parametrize(
    ("category", "tier", "facts"),
    [
        ("concern_pregnancy", 1, {"A33", "M33"}),
        ("concern_mood", 2, {"A30", "M30"}),
        ("concern_serious_side_effect", 2, {"M29"}),
    ],
)
def test_facts_carry_their_ids(category: str, tier: int, facts: set[str]) -> None:
    known = yaml.safe_load((DATA / "facts.yml").read_text(encoding="utf-8"))
    text = urgent_help(category, tier, REGIONS["US"])
    cited = set(re.findall(r"\b[AM]\d\d\b", text))
    assert facts <= cited <= {fact["id"] for fact in known["facts"]}


@EVERY_REGION
def test_nothing_is_promised_or_claimed(region: Region) -> None:
    texts = [urgent_help(category, tier, region) for category, tier in product(Category, TIERS)]
    texts.append(not_monitored(region))
    for text in texts:
        claims = r"has been told|have told|been informed|confidential|will (call|answer|reply|contact)|within"
        assert not re.search(claims, text)


@EVERY_REGION
def test_nobody_watches_the_chat(region: Region) -> None:
    assert region.emergency in not_monitored(region)
    assert "Nobody watches this chat live" in not_monitored(region)


def test_an_unknown_region_falls_back() -> None:
    assert region_of(REGIONS, "de", "us").code == "US"
    assert region_of(REGIONS, "uk", "us").code == "UK"
    with pytest.raises(RegionError, match="no help lines for 'XX'"):
        region_of(REGIONS, "de", "XX")


def test_an_incomplete_region_is_refused(tmp_path: Path) -> None:
    (tmp_path / "xx.yml").write_text("code: XX\nname: Nowhere\n", encoding="utf-8")
    with pytest.raises(RegionError, match="xx.yml"):
        load_regions(tmp_path)
