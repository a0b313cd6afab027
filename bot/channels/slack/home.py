"""The app's home tab: what this is, what becomes of what is written, and whom to call. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from bot.channels.inbox import Platform
from bot.channels.slack.blocks import SECTION_LIMIT, Block, header, section, small_print
from bot.channels.slack.markup import escaped
from bot.channels.splitting import split_text
from bot.channels.words import ChannelWords

TITLE: Final = "Questions about isotretinoin"
NOT_FOR_EMERGENCIES: Final = "This is not for emergencies."


def home_view(words: ChannelWords, platform: Platform) -> dict[str, Any]:
    """For views.publish. `private_metadata` changes whenever what is shown does."""
    blocks: list[Block] = [
        header(TITLE),
        *_sections(
            f"I am a computer program of {words.clinic}. Open the Messages tab and write to me. "
            f"{NOT_FOR_EMERGENCIES} {words.emergency}"
        ),
        {"type": "divider"},
        header("How it works, and whom to call"),
        *_sections(words.help(platform.delete)),
        {"type": "divider"},
        header("Your privacy"),
        *_sections(words.privacy(platform.title, platform.delete)),
        small_print("I only answer in direct messages, never in channels."),
    ]
    return {"type": "home", "blocks": blocks, "private_metadata": _version(blocks)}


def _sections(text: str) -> list[Block]:
    return [section(piece) for piece in split_text(text, SECTION_LIMIT, lambda part: len(escaped(part)))]


def _version(blocks: list[Block]) -> str:
    return hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()[:16]
