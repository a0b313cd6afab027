"""A message of ours after one of its buttons was pressed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.channels.slack.blocks import small_print
from bot.channels.slack.markup import readable

CHOSEN: Final = "You chose: "


def after_press(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments of chat.update for a `block_actions` payload: without the button, with what it said.

    None when the payload does not hold the message.
    """
    container, message = body.get("container") or {}, body.get("message") or {}
    pressed = (body.get("actions") or [{}])[0]
    if not message.get("blocks") or not pressed.get("action_id"):
        return None
    blocks: list[Any] = []
    for block in message["blocks"]:
        if block.get("type") != "actions" or block.get("block_id") != pressed.get("block_id"):
            blocks.append(block)
            continue
        label = readable(str((pressed.get("text") or {}).get("text", "")))
        blocks.append(small_print(CHOSEN + label))
        left = [item for item in block.get("elements", ()) if item.get("action_id") != pressed["action_id"]]
        if left:
            blocks.append({**block, "elements": left})
    return {
        "channel": container.get("channel_id"),
        "ts": container.get("message_ts"),
        "text": message.get("text") or CHOSEN,
        "blocks": blocks,
    }
