"""What an update from Telegram says, in our terms. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from telegram import Message
from telegram.constants import ChatMemberStatus, ChatType, MessageEntityType

from bot.channels.inbox import Command
from bot.channels.telegram.rendering import PRESS

# The updates that we ask Telegram for.
WANTED: Final = ("message", "edited_message", "callback_query", "my_chat_member")
COMMANDS: Final[tuple[Command, ...]] = get_args(Command)
_GROUPS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)
_KINDS: Final = {
    "photo": "photo",
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "voice": "voice",
    "audio": "audio",
    "sticker": "sticker",
    "document": "file",
    "location": "location",
    "venue": "location",
    "contact": "contact",
    "poll": "poll",
    "dice": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
    "invoice": "other",
    "live_photo": "photo",
    "gift": "other",
}
_ESSENTIAL: Final = ("message_id", "date", "chat", "from", "text", "caption", "entities")
_KNOWN: Final = frozenset(Message.__slots__) | {"message_id", "date", "chat", "from"}
_DEEP_LINK: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

Kind = Literal["text", "edited", "unsupported", "command", "press", "left", "returned", "group", "ignored"]


@dataclass(frozen=True)
class Incoming:
    """One update. `chat` is the chat's id; `text` the patient's words, a caption, or a button's id.

    `what` names the command or the kind of thing that is no text. `callback` is the query to be answered.
    """

    kind: Kind
    chat: int = 0
    text: str = ""
    what: str = ""
    callback: str = ""


IGNORED: Final = Incoming("ignored")


def read_update(data: Mapping[str, Any]) -> Incoming:
    """From an update as Telegram sends it.

    Only the fields that matter are given to the library: a new or odd one elsewhere, say in a message that is replied
    to, must not cost a patient's words. Raises TypeError, KeyError, ValueError or AttributeError when those make no
    sense.
    """
    if "message" in data:
        return _message(data["message"])
    if "edited_message" in data:
        return _edited(_essence(data["edited_message"]))
    if "callback_query" in data:
        return _press(data["callback_query"])
    if "my_chat_member" in data:
        return _membership(data["my_chat_member"])
    return IGNORED


def _essence(message: Mapping[str, Any]) -> Message:
    return Message.de_json({name: message[name] for name in _ESSENTIAL if name in message})


def _message(data: Mapping[str, Any]) -> Incoming:
    message = _essence(data)
    chat = message.chat
    if chat.type in _GROUPS:
        return Incoming("group", chat.id) if _is_said(data) else IGNORED
    if chat.type != ChatType.PRIVATE or message.from_user is None or message.from_user.is_bot:
        return IGNORED
    if message.text is not None:
        return _text(message, message.text)
    contact = data.get("contact") or {}
    if contact.get("user_id") == message.from_user.id and contact.get("phone_number"):
        # Their own card is how Telegram lets people give their number.
        return Incoming("text", chat.id, text=str(contact["phone_number"]))
    if _is_said(data):
        kind = next((kind for field, kind in _KINDS.items() if field in data), "other")
        return Incoming("unsupported", chat.id, text=message.caption or "", what=kind)
    return IGNORED


def _is_said(data: Mapping[str, Any]) -> bool:
    """Whether a person sent this, and not Telegram to tell about the chat; also when it is newer than the library."""
    return not data.keys().isdisjoint({"text", "caption", *_KINDS}) or not data.keys() <= _KNOWN


def _text(message: Message, text: str) -> Incoming:
    first = message.entities[0] if message.entities else None
    if first is None or first.type != MessageEntityType.BOT_COMMAND or first.offset != 0:
        return Incoming("text", message.chat.id, text=text)
    # A command is ASCII: its length is the same in UTF-16 and in characters.
    name = text[1 : first.length].partition("@")[0].lower()
    rest = text[first.length :].strip()
    if rest and not (name == "start" and _DEEP_LINK.fullmatch(rest)):
        # Words behind a command are words: they may hold a concern.
        return Incoming("text", message.chat.id, text=rest if name in COMMANDS else text)
    if name in COMMANDS:
        return Incoming("command", message.chat.id, what=name)
    return Incoming("text", message.chat.id, text=text)


def _edited(message: Message) -> Incoming:
    text = message.text if message.text is not None else message.caption
    if message.chat.type != ChatType.PRIVATE or text is None:
        return IGNORED
    return Incoming("edited", message.chat.id, text=text)


def _press(data: Mapping[str, Any]) -> Incoming:
    """Always to be answered, also when it is no button of ours: Telegram shows a bar until then."""
    query, pressed, message = str(data["id"]), str(data.get("data") or ""), data.get("message") or {}
    private = message.get("chat", {}).get("type", ChatType.PRIVATE) == ChatType.PRIVATE
    if not private or not pressed.startswith(PRESS):
        return Incoming("ignored", callback=query)
    # A private chat has the id of its person.
    return Incoming("press", int(data["from"]["id"]), text=pressed[len(PRESS) :], callback=query)


def _membership(data: Mapping[str, Any]) -> Incoming:
    chat, kind, status = int(data["chat"]["id"]), data["chat"]["type"], data["new_chat_member"]["status"]
    if kind == ChatType.PRIVATE:
        if status == ChatMemberStatus.BANNED:
            return Incoming("left", chat)
        return Incoming("returned", chat) if status == ChatMemberStatus.MEMBER else IGNORED
    if kind in _GROUPS and status in (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR):
        return Incoming("group", chat)
    return IGNORED
