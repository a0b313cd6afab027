"""Passwords: argon2id hashes, and what a new one must be."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.accounts.errors import PasswordRefused

SHORTEST: Final = 12
LONGEST: Final = 1_000
FEWEST_CHARACTERS: Final = 5

_hasher: Final = PasswordHasher()
# Checked when there is no such account, so that an unknown address takes as long as a wrong password.
_NOBODY: Final = _hasher.hash("nobody has this password")


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Takes as long without a hash as with one."""
    try:
        _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker settings than new ones are."""
    return _hasher.check_needs_rehash(password_hash)


def check(password: str, email: str) -> None:
    """Raises PasswordRefused, with what to do, unless this will do for a new password."""
    if len(password) < SHORTEST:
        raise PasswordRefused(f"The password is too short: use at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise PasswordRefused(f"The password is too long: use at most {LONGEST} characters")
    if len(set(password)) < FEWEST_CHARACTERS:
        raise PasswordRefused("The password repeats a few characters: use a sentence or random words")
    name = email.partition("@")[0].lower()
    if email.lower() in password.lower() or (len(name) > 3 and password.lower().startswith(name)):
        raise PasswordRefused("The password begins with the mail address: use a sentence or random words")
