"""What Slack sends, as values. Pure: who may write, and which of the many kinds of message count, is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.slack.markup import readable

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


def user_of(key: str) -> str:
    """The user id in a person's key: it is also the address of the direct messages with that person."""
    return key.rpartition("/")[2]


@dataclass(frozen=True)
class Place:
    """Where something was written: a channel, and the thread in it when it was written in one."""

    channel_id: str
    thread_ts: str = ""


@dataclass(frozen=True)
class Written:
    """A patient's words in a direct message. `event_id` is Slack's and the same in every repeat."""

    event_id: str
    user_id: str
    place: Place
    text: str


@dataclass(frozen=True)
class Edited:
    """Words that a patient changed after sending them; `text` is what stands there now."""

    event_id: str
    user_id: str
    place: Place
    text: str


@dataclass(frozen=True)
class NotText:
    """Something in a direct message that cannot be read: photo, video, voice, file, other. `text` came with it."""

    event_id: str
    user_id: str
    place: Place
    kind: str
    text: str


@dataclass(frozen=True)
class Pressed:
    """A button under a message. `message_ts` names the message, `value` what the button stands for."""

    action_id: str
    value: str
    place: Place
    message_ts: str
    pressed_at: str


def person_of(body: Mapping[str, Any], user_id: str) -> Person:
    """Who a payload of any kind comes from. Events, buttons and commands name the same person in different ways."""
    user, grant = _mapping(body.get("user")), next(iter(_list(body.get("authorizations"))), {})
    team = _text(body, "team_id") or _text(_mapping(body.get("team")), "id") or _text(user, "team_id")
    enterprise = (
        _text(body, "enterprise_id")
        or _text(_mapping(body.get("enterprise")), "id")
        or _text(body, "context_enterprise_id")
        or _text(grant, "enterprise_id")
    )
    return Person(enterprise, team, user_id)


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
    place, user_id = Place(_text(event, "channel"), _text(event, "thread_ts")), _text(event, "user")
    text = readable(_text(event, "text")).strip()
    files = _list(event.get("files"))
    if files or not text:
        return NotText(event_id, user_id, place, _kind(files), text)
    return Written(event_id, user_id, place, text)


def _kind(files: list[Mapping[str, Any]]) -> str:
    if not files:
        return "other"
    kinds = {"audio": "voice", "image": "photo", "video": "video"}
    return kinds.get(_text(files[0], "mimetype").partition("/")[0], "file")


def _edit(event: Mapping[str, Any], event_id: str) -> Edited | None:
    """A person changed words of theirs. Slack also sends this when it adds a preview, and for our own messages."""
    after, before = _mapping(event.get("message")), _mapping(event.get("previous_message"))
    if not _from_a_person(after) or not after.get("edited"):
        return None
    text = readable(_text(after, "text")).strip()
    if not text or text == readable(_text(before, "text")).strip():
        return None
    place = Place(_text(event, "channel"), _text(after, "thread_ts"))
    return Edited(event_id, _text(after, "user"), place, text)


def _from_a_person(message: Mapping[str, Any]) -> bool:
    user = _text(message, "user")
    return bool(user) and user != "USLACKBOT" and not message.get("bot_id")


def place_of(event: Mapping[str, Any]) -> Place:
    """Where an event of a channel happened."""
    return Place(_text(event, "channel"), _text(event, "thread_ts"))


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
        pressed_at=_text(action, "action_ts"),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [_mapping(item) for item in value] if isinstance(value, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
