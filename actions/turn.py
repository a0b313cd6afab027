"""The patient's turn as the tracker holds it: which message, what was read in it, what was already said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rasa_sdk import Tracker

from bot.understanding import Reading
from bot.understanding.parse_data import READING_KEY


@dataclass(frozen=True)
class Turn:
    """`conversation_id` and `message_id` are None in `rasa shell`, where nothing is stored."""

    conversation_id: UUID | None
    message_id: UUID | None
    channel: str
    region: str
    urgent_help_sent: bool
    reading: Reading

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        message: dict[str, Any] = tracker.latest_message or {}
        metadata: dict[str, Any] = message.get("metadata") or {}
        data = message.get(READING_KEY)
        intent = str((message.get("intent") or {}).get("name") or "")
        reading = Reading.from_dict(data) if data else Reading(str(message.get("text") or ""), intent, 1.0)
        return cls(
            conversation_id=_uuid(tracker.sender_id),
            message_id=_uuid(metadata.get("message_id")),
            channel=str(metadata.get("channel") or "rasa"),
            region=str(metadata.get("region") or ""),
            urgent_help_sent=bool(metadata.get("urgent_help_sent")),
            reading=reading,
        )


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
