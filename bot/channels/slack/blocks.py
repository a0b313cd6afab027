"""Block Kit, as far as it is used here. Pure.

Every text is plain text: nothing that a patient or a source wrote can become bold, a mention, a link or an emoji.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.slack.markup import cut, escaped

Block = dict[str, Any]

SECTION_LIMIT: Final = 3_000
FIELD_LIMIT: Final = 2_000
LABEL_LIMIT: Final = 75
HEADER_LIMIT: Final = 150
MOST_BUTTONS: Final = 25
# What notifications and screen readers get. Slack cuts it at 4,000.
FALLBACK_LIMIT: Final = 3_000


@dataclass(frozen=True)
class SlackMessage:
    """The content of one message: `text` is the fallback where blocks are not shown, without markup."""

    text: str
    blocks: tuple[Block, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """For chat.postMessage and its sisters."""
        content: dict[str, Any] = {"text": cut_escaped(self.text, FALLBACK_LIMIT)}
        return {**content, "blocks": list(self.blocks)} if self.blocks else content


def cut_escaped(text: str, limit: int) -> str:
    return escaped(cut(text, limit))


def plain(text: str, limit: int) -> Block:
    """A text object that shows exactly this text, shortened to what Slack takes there."""
    return {"type": "plain_text", "text": cut_escaped(text, limit), "emoji": False}


def section(text: str) -> Block:
    return {"type": "section", "text": plain(text, SECTION_LIMIT)}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """At most ten (name, value) pairs in two columns."""
    texts = [plain(f"{name}\n{value}", FIELD_LIMIT) for name, value in pairs[:10]]
    return {"type": "section", "fields": texts}


def small_print(text: str) -> Block:
    return {"type": "context", "elements": [plain(text, FIELD_LIMIT)]}


def button(label: str, action_id: str, **more: str) -> Block:
    return {"type": "button", "text": plain(label, LABEL_LIMIT), "action_id": action_id, **more}


def buttons(items: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(items[:MOST_BUTTONS])}
