"""What is sealed can be opened by us only, for its purpose only, and not for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.sealing import Sealer, Unreadable

KEY = "a-secret-key-for-tests-0123456789abcdef"


@given(st.lists(st.text(max_size=50), max_size=4))
def test_what_is_sealed_is_opened_again_and_cannot_be_read(value: list[str]) -> None:
    box = Sealer(KEY, "purpose")
    sealed = box.seal(value)
    assert box.open(sealed) == value == box.open(sealed.decode(), seconds=60)
    assert box.seal(value) != sealed


@pytest.mark.parametrize(("key", "purpose"), [(KEY, "another"), (KEY[::-1], "purpose")])
def test_another_key_or_purpose_opens_nothing(key: str, purpose: str) -> None:
    with pytest.raises(Unreadable):
        Sealer(key, purpose).open(Sealer(KEY, "purpose").seal("secret"))


@pytest.mark.parametrize("given", ["", "nonsense", "é", "gAAAA", b"\x00" * 40])
def test_nonsense_is_unreadable(given: str | bytes) -> None:
    with pytest.raises(Unreadable):
        Sealer(KEY, "purpose").open(given, seconds=10)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_is_seen(place: int, value: int) -> None:
    box = Sealer(KEY, "purpose")
    sealed = bytearray(box.seal("secret"))
    if sealed[place % len(sealed)] == value:
        return
    sealed[place % len(sealed)] = value
    with pytest.raises(Unreadable):
        box.open(bytes(sealed))
