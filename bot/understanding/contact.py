"""Does a message leave a phone number or a mail address? Validating them is the contact form's work."""

from __future__ import annotations

import re
from typing import Final

_MAIL: Final = re.compile(r"\S+@\S+\.\w{2,}")
_DATE: Final = r"(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?![./-]?\d)"
_PHONE: Final = re.compile(rf"(?<![\w.])(?!{_DATE})\+?\(?\d(?:[\s().-]?\d){{6,14}}(?!\w)")
MOST_OTHER_WORDS: Final = 6


def leaves_contact(text: str, asked_for: bool) -> bool:
    """True when a phone number or mail address is there and was asked for, or is nearly all that is there."""
    match = _MAIL.search(text) or _PHONE.search(text)
    if match is None:
        return False
    rest = text[: match.start()] + " " + text[match.end() :]
    return asked_for or len(rest.split()) <= MOST_OTHER_WORDS
