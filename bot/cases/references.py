"""Short names that people can say on the phone."""

from __future__ import annotations

import re
import secrets
from typing import Final

# No letters or digits that look or sound alike, and no vowels, so that no words come out.
ALPHABET: Final = "23456789BCDFGHJKMNPQRTVWXYZ"
LENGTH: Final = 6
_SHAPE: Final = re.compile(rf"[{ALPHABET}]{{3}}-[{ALPHABET}]{{3}}")


def new_reference() -> str:
    """A fresh reference such as `K7F-3QX`: 27**6 (387 million) of them."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{letters[:3]}-{letters[3:]}"


def is_reference(text: str) -> bool:
    """Whether this can be one, as it is written."""
    return _SHAPE.fullmatch(text) is not None
