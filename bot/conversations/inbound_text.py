"""What a patient's text is turned into before anything else sees it. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from bot.conversations.errors import TextEmpty, TextTooLong

MAX_CHARACTERS: Final = 4_000

# Control (Cc), format (Cf: zero-width characters, bidi overrides, soft hyphens, tags) and lone surrogates (Cs).
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs"})
_LINE_BREAKS: Final = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " "}


def clean_text(raw: str) -> str:
    """NFC text of 1 to 4,000 characters, without invisible characters and without leading slashes.

    Rasa obeys text that begins with a slash (`/restart`, `/intent{"slot": "x"}`): patients' text never does.
    Raises TextEmpty when nothing readable is left, TextTooLong beyond the limit.
    """
    text = raw
    for found, replacement in _LINE_BREAKS.items():
        text = text.replace(found, replacement)
    text = "".join(
        character
        for character in text
        if character == "\n" or unicodedata.category(character) not in _DROPPED
    )
    text = unicodedata.normalize("NFC", text)
    while text != (stripped := text.strip().lstrip("/")):
        text = stripped
    if not text:
        raise TextEmpty("there is nothing to read in this message")
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(f"a message may have {MAX_CHARACTERS:,} characters; this one has {len(text):,}")
    return text
