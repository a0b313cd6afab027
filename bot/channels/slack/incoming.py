"""What Slack sends, as values. Pure: who may write, and which of the many kinds of message count, is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.channels.slack.markup import readable

Unreadable = Literal["voice", "file", "empty"]

# Subtypes that are a person's own words. Everything else is written by Slack or by an app.
_WRITTEN: Final = frozenset({"", "file_share", "me_message", "thread_broadcast"})


@dataclass(frozen=True)
class Person:
    """Somebody in Slack. A user id alone is not enough: the organisation and the workspace belong to who it is."""

    enterprise_id: str
    team_id: str
    user_id: str

    @property
    def key(self) -> str:
        """One text for all three: 'E0HEALTH1/T0CLINIC1/U0PATIENT', '-' where there is no organisation."""
        return f"{self.enterprise_id or '-'}/{self.team_id or '-'}/{self.user_id}"


@dataclass(frozen=True)
class Place:
    """Where an answer goes: a direct message, and the thread in it when the person wrote in one."""

    channel_id: str
    thread_ts: str = ""


@dataclass(frozen=True)
class Written:
    """A patient's words in a direct message. `event_id` is Slack's and the same in every repeat."""

    event_id: str
    place: Place
    text: str


@dataclass(frozen=True)
class Edited:
    """Words that a patient changed after sending them; `text` is what stands there now."""

    event_id: str
    place: Place
    text: str


@dataclass(frozen=True)
class NotText:
    """Something in a direct message that cannot be read, and that deserves a sentence."""

    event_id: str
    place: Place
    kind: Unreadable


@dataclass(frozen=True)
class Pressed:
    """A button under one of our messages. `message_ts` names the message, `value` what the button stands for."""

    action_id: str
    value: str
    place: Place
    message_ts: str
    trigger: str


def message_of(body: Mapping[str, Any]) -> Written | Edited | NotText | None:
    """What a `message` event says to us; None when it is nobody's words, or not said in a direct message."""
    event = _mapping(body.get("event"))
    event_id = _text(body, "event_id")
    if event.get("channel_type") != "im" or not event_id:
        return None
    if _text(event, "subtype") == "message_changed":
        return _edit(event, event_id)
    if _text(event, "subtype") not in _WRITTEN or not _from_a_person(event):
        return None
    place = Place(_text(event, "channel"), _text(event, "thread_ts"))
    text = readable(_text(event, "text")).strip()
    if text:
        return Written(event_id, place, text)
    files = _list(event.get("files"))
    if any(_text(file, "mimetype").startswith("audio/") for file in files):
        return NotText(event_id, place, "voice")
    return NotText(event_id, place, "file" if files else "empty")


def _edit(event: Mapping[str, Any], event_id: str) -> Edited | None:
    """A person changed words of theirs. Slack also sends this when it adds a preview, and for our own messages."""
    after, before = _mapping(event.get("message")), _mapping(event.get("previous_message"))
    if not _from_a_person(after) or not after.get("edited"):
        return None
    text = readable(_text(after, "text")).strip()
    if not text or text == readable(_text(before, "text")).strip():
        return None
    return Edited(event_id, Place(_text(event, "channel"), _text(after, "thread_ts")), text)


def _from_a_person(message: Mapping[str, Any]) -> bool:
    user = _text(message, "user")
    return bool(user) and user != "USLACKBOT" and not message.get("bot_id")


def pressed_of(body: Mapping[str, Any]) -> Pressed | None:
    """The first button of a `block_actions` payload; None when it was not pressed in a message."""
    container = _mapping(body.get("container"))
    action = next(iter(_list(body.get("actions"))), {})
    if container.get("type") != "message" or action.get("type") != "button":
        return None
    message = _mapping(body.get("message"))
    return Pressed(
        action_id=_text(action, "action_id"),
        value=_text(action, "value"),
        place=Place(_text(container, "channel_id"), _text(message, "thread_ts")),
        message_ts=_text(container, "message_ts"),
        trigger=_text(action, "action_ts"),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [_mapping(item) for item in value] if isinstance(value, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
