"""Phone numbers and mail addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.contact import Contact, find_contact


@pytest.mark.parametrize(
    ("text", "region", "phone"),
    [
        ("202 555 0143", "US", "+1 202-555-0143"),
        ("it's (202) 555-0119, after five", "US", "+1 202-555-0119"),
        ("+44 7400 123456", "US", "+44 7400 123456"),
        ("020 7946 0123", "UK", "+44 20 7946 0123"),
        ("030 901820", "EU", "+49 30 901820"),
        ("01 234 5678", "IE", "+353 1 234 5678"),
    ],
)
def test_a_number_is_read_as_in_the_patients_country(text: str, region: str, phone: str) -> None:
    assert find_contact(text, region) == Contact(phone=phone)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("sam@example.com", "sam@example.com"),
        ("My mail is Sam.Oneil+derm@EXAMPLE.org.", "Sam.Oneil+derm@example.org"),
        ("<sam@example.com>", "sam@example.com"),
        ("either sam@@example or sam@example.net!", "sam@example.net"),
    ],
)
def test_a_mail_address_is_found(text: str, email: str) -> None:
    assert find_contact(text, "US") == Contact(email=email)


@pytest.mark.parametrize(
    "text", ["", "no", "123", "40 mg", "sam@", "@sam", "sam@example", "12.03.2024", "999999999999"]
)
def test_what_is_neither_is_not_taken(text: str) -> None:
    assert find_contact(text, "US") is None


def test_a_mail_address_goes_before_a_number() -> None:
    assert find_contact("202 555 0143 or sam@example.com", "US") == Contact(email="sam@example.com")


@given(st.text(max_size=100), st.sampled_from(["US", "UK", "IE", "CA", "AU", "NZ", "EU", "", "XX"]))
def test_any_text_is_read(text: str, region: str) -> None:
    found = find_contact(text, region)
    assert found is None or (found.phone is None) != (found.email is None)
    assert found is None or found.shown
