"""Taking out what names or reaches a patient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.redaction import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("mail ann.lee+x@mail.example.org please", "mail [email] please"),
        ("call +1 (202) 555-0123 or 020 7946 0000!", "call [number] or [number]!"),
        ("see https://forum.example/u/ann and www.me.example", "see [link] and [link]"),
        ("i am @ann_lee there", "i am [handle] there"),
        ("My name is Ann Lee and i itch", "My name is [name] and i itch"),
        ("dr. Okafor says no", "dr. [name] says no"),
        ("40 mg for 16 to 24 weeks, 0.5 mg per kg", "40 mg for 16 to 24 weeks, 0.5 mg per kg"),
        ("does it cost 2,000 a year", "does it cost 2,000 a year"),
    ],
)
def test_examples(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|org)", fullmatch=True), st.text("abc xyz", max_size=20))
def test_no_mail_address_is_left(address: str, around: str) -> None:
    assert address not in redact(f"{around} {address} {around}")


@given(st.from_regex(r"\+?[0-9]{7,14}", fullmatch=True))
def test_no_phone_number_is_left(number: str) -> None:
    assert number not in redact(f"call {number} now")
