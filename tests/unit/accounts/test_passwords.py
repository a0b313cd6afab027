"""New passwords: what is refused, and that everything else is taken and recognised again."""

from __future__ import annotations

import pytest

from bot.accounts import passwords
from bot.accounts.errors import PasswordRefused


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "too short"),
        ("x" * 11, "too short"),
        ("ab" * 600, "too long"),
        ("abababababab", "repeats a few characters"),
        ("ana.silva2026!!", "begins with the mail address"),
        ("my ana.silva@clinic.example", "begins with the mail address"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(password: str, words: str) -> None:
    with pytest.raises(PasswordRefused, match=words):
        passwords.check(password, "ana.silva@clinic.example")


@pytest.mark.parametrize(
    "password", ["seven green umbrellas", "пароль длиннее двенадцати", "  spaces at both ends  "]
)
def test_a_sentence_in_any_language_will_do(password: str) -> None:
    passwords.check(password, "ana.silva@clinic.example")
    kept = passwords.hash_of(password)
    assert kept.startswith("$argon2id$") and password not in kept
    assert passwords.is_right(kept, password) and not passwords.is_right(kept, password.strip() + "x")
    assert not passwords.is_right(None, password) and not passwords.is_right("no hash", password)
