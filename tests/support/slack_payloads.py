"""Payloads in the shapes that Slack documents (tests/data/slack), with what a test wants changed in them."""

from __future__ import annotations

import copy
import json
from itertools import count
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "data" / "slack"
_numbers = count(1)


def payload(name: str) -> dict[str, Any]:
    """A fresh copy of one payload file."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def event(name: str, *, user: str = "", text: str | None = None, channel: str = "") -> dict[str, Any]:
    """An event with an id of its own, from this person, with these words."""
    body = payload(name)
    number = next(_numbers)
    body["event_id"] = f"Ev{number:010d}"
    inner = body["event"]
    inner["event_ts"] = f"17954{number:05d}.000{number % 1000:03d}"
    if "ts" in inner:
        inner["ts"] = inner["event_ts"]
    if user:
        for holder in (inner, inner.get("message"), inner.get("previous_message")):
            if holder and "user" in holder:
                holder["user"] = user
        if inner.get("channel_type") == "im":
            inner["channel"] = "D" + user[1:]
    if channel:
        inner["channel"] = channel
    if text is not None:
        holder = inner.get("message", inner)
        holder["text"] = text
        holder.pop("blocks", None)
    return body


def press(button_id: str, *, user: str, message_ts: str, action_id: str = "quick_reply_0") -> dict[str, Any]:
    """A quick reply under one of our messages, pressed."""
    body = payload("block_actions_quick_reply")
    _pressed(body, button_id, user, "D" + user[1:], message_ts, action_id)
    return body


def press_alert(case_id: str, *, user: str, message_ts: str, channel: str = "C0ALERTS1") -> dict[str, Any]:
    """The Acknowledge button under a case alert, pressed."""
    body = payload("block_actions_alert")
    _pressed(body, case_id, user, channel, message_ts, body["actions"][0]["action_id"])
    return body


def _pressed(
    body: dict[str, Any], value: str, user: str, channel: str, message_ts: str, action_id: str
) -> None:
    number = next(_numbers)
    body["user"]["id"] = user
    body["channel"]["id"] = body["container"]["channel_id"] = channel
    body["message"]["ts"] = body["container"]["message_ts"] = message_ts
    action = body["actions"][0]
    action.update(value=value, action_id=action_id, action_ts=f"17955{number:05d}.{number:06d}")
    body["trigger_id"] = f"1795500000000.111111111111.{number:032x}"


def slash(text: str = "", *, user: str = "U0PATIENT") -> dict[str, str]:
    """The slash command, as Slack posts its form."""
    body = copy.deepcopy(payload("slash_command"))
    number = next(_numbers)
    body.update(text=text, user_id=user, trigger_id=f"1795400000000.222222222222.{number:032x}")
    return {key: str(value) for key, value in body.items()}
