"""A stored message in Block Kit: the text, its sources in small print, its quick replies as buttons. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.channels.shown import SOURCES, Shown
from bot.channels.slack.blocks import (
    FIELD_LIMIT,
    MOST_BUTTONS,
    SECTION_LIMIT,
    Block,
    SlackMessage,
    button,
    buttons,
    section,
    small_print,
)
from bot.channels.slack.markup import escaped
from bot.channels.splitting import split_text

QUICK_REPLY: Final = "quick_reply"
# Slack refuses blocks that are too long together. Three sections with their small print stay far below.
MOST_SECTIONS: Final = 3


def messages_of(shown: Shown, pressed: Collection[str] = ()) -> list[SlackMessage]:
    """One Slack message, or several for a very long text; the last carries sources and buttons.

    `pressed` are the ids of buttons that have been pressed: they turn into a line that says so.
    """
    body = f"{shown.heading}\n\n{shown.text}" if shown.heading else shown.text
    pieces = split_text(body, SECTION_LIMIT, _length)
    groups = [pieces[start : start + MOST_SECTIONS] for start in range(0, len(pieces), MOST_SECTIONS)]
    messages = [
        SlackMessage("\n\n".join(group), tuple(section(piece) for piece in group)) for group in groups
    ]
    if not messages:
        return []
    last = messages[-1]
    return [*messages[:-1], SlackMessage(last.text, (*last.blocks, *_footer(shown, pressed)))]


def _footer(shown: Shown, pressed: Collection[str]) -> list[Block]:
    blocks = []
    if shown.sources:
        small = "\n".join((f"{SOURCES}:", *shown.sources))
        blocks += [small_print(piece) for piece in split_text(small, FIELD_LIMIT, _length)]
    left = [item for item in shown.buttons if item.id not in pressed][:MOST_BUTTONS]
    chosen = [item.title for item in shown.buttons if item.id in pressed]
    if chosen:
        blocks.append(small_print("You chose: " + ", ".join(chosen)))
    if left:
        blocks.append(
            buttons(
                [
                    button(item.title, f"{QUICK_REPLY}_{number}", value=item.id)
                    for number, item in enumerate(left)
                ]
            )
        )
    return blocks


def _length(text: str) -> int:
    return len(escaped(text))
