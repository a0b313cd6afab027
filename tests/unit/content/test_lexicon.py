"""Numbers, units and names found in texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.lexicon import Lexicon


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16 to 24 weeks", ["16 week", "24 week"]),
        ("16-24 weeks", ["16 week", "24 week"]),
        ("0.5mg/kg/day", ["0.5 mg"]),
        ("three decades", ["3 decade"]),
        ("at least one month before", ["1 month"]),
        ("Two effective forms", ["2"]),
        ("never double up", ["2"]),
        ("under the age of 12 to begin with", ["12"]),
        ("85% of people", ["85 percent"]),
        ("get help at once, and no one minds the next one", []),
    ],
)
def test_quantities(text: str, expected: list[str], lexicon: Lexicon) -> None:
    assert [str(quantity) for quantity in lexicon.quantities_in(text)] == expected


@settings(max_examples=50)
@given(value=st.integers(0, 500), unit=st.sampled_from(["mg", "kg", "weeks", "months", "years", "days"]))
def test_a_number_with_its_unit_is_found_wherever_it_stands(value: int, unit: str, lexicon: Lexicon) -> None:
    bare = unit.rstrip("s")
    for text in (f"{value} {unit}", f"About {value} {unit}, or less.", f"It is ({value}{unit})."):
        assert [str(quantity) for quantity in lexicon.quantities_in(text)] == [f"{value} {bare}"]
        assert lexicon.units_in(text) == {bare}


def named(terms: str, text: str, lexicon: Lexicon) -> set[str]:
    return {term.name for term in getattr(lexicon, terms) if term.named_in(text)}


def test_names_are_found_as_whole_words_in_any_case_and_number(lexicon: Lexicon) -> None:
    assert named("medicines", "ANTIBIOTICS and the Pill", lexicon) == {"antibiotic", "hormonal contraception"}
    assert named("medicines", "Roaccutane", lexicon) == {"Roaccutane"}
    assert named("conditions", "Nosebleeds and liver problems", lexicon) == {"nosebleed", "liver damage"}
    assert named("conditions", "acne", lexicon) == set()


def test_an_equal_name_is_evidence_and_a_mere_hint_is_evidence_only_one_way(lexicon: Lexicon) -> None:
    coil = next(term for term in lexicon.medicines if term.name == "coil")
    assert coil.backed_by("a barrier plus an IUD")
    pregnancy = next(term for term in lexicon.conditions if term.name == "pregnancy")
    assert pregnancy.backed_by("two forms of contraception")
    assert not pregnancy.named_in("two forms of contraception")
