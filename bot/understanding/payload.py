"""Button payloads: `/intent` or `/intent{"topic": "alcohol"}`. Only the server writes them; patients never do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from bot.understanding.errors import UnderstandingError

_PAYLOAD: Final = re.compile(r"/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?")


@dataclass(frozen=True)
class Payload:
    intent: str
    topic: str | None = None


def parse_payload(payload: str) -> Payload:
    """Raises UnderstandingError for anything that the server does not write."""
    match = _PAYLOAD.fullmatch(payload)
    if match is None:
        raise UnderstandingError(f"not a button payload: {payload[:40]!r}")
    try:
        entities = json.loads(match["entities"] or "{}")
    except json.JSONDecodeError as error:
        raise UnderstandingError(f"not a button payload: {payload[:40]!r}") from error
    topic = entities.get("topic")
    return Payload(match["intent"], str(topic) if topic is not None else None)


def topic_payload(topic: str) -> str:
    """The payload of a quick reply that asks for a topic."""
    return "/ask_topic" + json.dumps({"topic": topic})
