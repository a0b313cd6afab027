"""What an update from Telegram says, in our terms. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
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


def read_update(update: Update) -> Incoming:
    """Never raises for an update that Telegram's library could read."""
    if update.message is not None:
        return _message(update.message)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    if update.callback_query is not None:
        return _press(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    return IGNORED


def _message(message: Message) -> Incoming:
    chat = message.chat
    if chat.type in _GROUPS:
        return Incoming("group", chat.id) if _speaks(message) else IGNORED
    if chat.type != ChatType.PRIVATE or message.from_user is None or message.from_user.is_bot:
        return IGNORED
    if message.text is not None:
        return _text(message, message.text)
    contact = message.contact
    if contact is not None and contact.user_id == message.from_user.id and contact.phone_number:
        # Their own card is how Telegram lets people give their number.
        return Incoming("text", chat.id, text=contact.phone_number)
    return _unsupported(message)


def _speaks(message: Message) -> bool:
    """Whether a person wrote something in the group, and not Telegram about the group."""
    return message.text is not None or message.caption is not None or _unsupported(message).kind != "ignored"


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


def _unsupported(message: Message) -> Incoming:
    for field, kind in _KINDS.items():
        if getattr(message, field, None):
            return Incoming("unsupported", message.chat.id, text=message.caption or "", what=kind)
    # Something newer than our library; what Telegram itself tells about a chat is known to it.
    return Incoming("unsupported", message.chat.id, what="other") if message.api_kwargs else IGNORED


def _edited(message: Message) -> Incoming:
    text = message.text if message.text is not None else message.caption
    if message.chat.type != ChatType.PRIVATE or text is None:
        return IGNORED
    return Incoming("edited", message.chat.id, text=text)


def _press(query: CallbackQuery) -> Incoming:
    """Always to be answered, also when it is no button of ours: Telegram shows a bar until then."""
    data, message = query.data or "", query.message
    if message is not None and message.chat.type != ChatType.PRIVATE:
        return Incoming("ignored", callback=query.id)
    if not data.startswith(PRESS):
        return Incoming("ignored", callback=query.id)
    # A private chat has the id of its person.
    return Incoming("press", query.from_user.id, text=data[len(PRESS) :], callback=query.id)


def _membership(change: ChatMemberUpdated) -> Incoming:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        if status == ChatMemberStatus.BANNED:
            return Incoming("left", change.chat.id)
        return Incoming("returned", change.chat.id) if status == ChatMemberStatus.MEMBER else IGNORED
    if change.chat.type in _GROUPS and status in (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR):
        return Incoming("group", change.chat.id)
    return IGNORED
