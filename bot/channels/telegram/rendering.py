"""Stored messages as Telegram shows them: HTML that Telegram takes, in parts that are not too long. Pure.

HTML and not MarkdownV2: three characters to escape instead of eighteen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from bot.channels.shown import SOURCES, Shown
from bot.channels.splitting import split_text, utf16_length
from bot.conversations.values import Button

# In UTF-16 code units, after the markup has been read.
LONGEST_TEXT: Final = 4096
# Room that a text keeps beside its sources; longer sources get a message of their own.
LEAST_ROOM: Final = 2048
LONGEST_TITLE: Final = 64
SHORT_TITLE: Final = 18
PRESS: Final = "press:"
_NOT_SHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Part:
    """One message to send. `plain` is the same without markup. `rows` of (title, callback data)."""

    html: str
    plain: str
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()


def parts_of(shown: Shown) -> tuple[Part, ...]:
    """At least one part when there is any text; the buttons and, where there is room, the sources are on the last.

    Texts are cut before they are marked up: no piece of markup or escape is ever cut.
    """
    heading, text = _clean(shown.heading), _clean(shown.text)
    footer = "\n".join(_clean(line) for line in (SOURCES, *shown.sources)) if shown.sources else ""
    beside = utf16_length(heading) + utf16_length(footer) + 4
    room = LONGEST_TEXT - beside
    own_message = room < LEAST_ROOM
    if own_message:
        room = LONGEST_TEXT - utf16_length(heading) - 4
    parts = [Part(escape(piece, quote=False), piece) for piece in split_text(text, room, utf16_length)]
    if not parts:
        return ()
    if heading:
        parts[0] = Part(
            f"<b>{escape(heading, quote=False)}</b>\n{parts[0].html}", f"{heading}\n{parts[0].plain}"
        )
    if footer and own_message:
        parts += [_footer(piece) for piece in split_text(footer, LONGEST_TEXT, utf16_length)]
    elif footer:
        quoted = _footer(footer)
        parts[-1] = Part(f"{parts[-1].html}\n\n{quoted.html}", f"{parts[-1].plain}\n\n{quoted.plain}")
    parts[-1] = Part(parts[-1].html, parts[-1].plain, _rows(shown.buttons))
    return tuple(parts)


def _footer(text: str) -> Part:
    """Folded up by Telegram when it is long."""
    return Part(f"<blockquote expandable>{escape(text, quote=False)}</blockquote>", text)


def _clean(text: str) -> str:
    """Without what Telegram refuses or drops, so that both count the same characters."""
    return _NOT_SHOWN.sub("", text).strip()


def _rows(buttons: Sequence[Button]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Two short titles share a row."""
    rows: list[tuple[tuple[str, str], ...]] = []
    for button in buttons:
        key = (button.title[:LONGEST_TITLE], PRESS + button.id)
        if rows and len(rows[-1]) == 1 and len(rows[-1][0][0]) <= SHORT_TITLE >= len(key[0]):
            rows[-1] += (key,)
        else:
            rows.append((key,))
    return tuple(rows)
