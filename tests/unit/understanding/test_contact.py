"""Does a message leave contact details?"""

from __future__ import annotations

import pytest

from bot.understanding.contact import leaves_contact


@pytest.mark.parametrize(
    "text",
    [
        "+1 202 555 0143",
        "(202) 555-0119",
        "2025550162",
        "202.555.0119",
        "01.42.68.53.00",
        "call me on 020 7946 0123",
        "sam@example.com",
        "My mail is sam.o'neil+derm@clinic.example.org, thanks",
    ],
)
@pytest.mark.parametrize("asked_for", [True, False])
def test_contact_details_are_seen(text: str, asked_for: bool) -> None:
    assert leaves_contact(text, asked_for)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no thanks",
        "I take 40 mg twice a day",
        "it began on 12.03.2024",
        "my last period was 2026-11-02",
        "started 3-4-2026",
        "my ALT was 120 and triglycerides 310",
        "I'm at 0.5 mg per kg",
        "write me @ the clinic",
    ],
)
@pytest.mark.parametrize("asked_for", [True, False])
def test_other_numbers_are_no_contact_details(text: str, asked_for: bool) -> None:
    assert not leaves_contact(text, asked_for)


def test_a_number_inside_a_story_counts_only_when_it_was_asked_for() -> None:
    text = "I was so scared last night that I rang 202 555 0143 but nobody at the desk picked up"
    assert leaves_contact(text, asked_for=True)
    assert not leaves_contact(text, asked_for=False)
