"""Stored messages as the widget API shows them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from bot.cases.domain import Told
from bot.content.citations import number_citations
from bot.content.facts import FactBook
from bot.conversations.values import Message


def utc_text(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-23T09:30:00.000Z."""
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_item(message: Message, facts: FactBook) -> dict[str, Any]:
    """One item of the history and of the event stream. What a button means stays on the server."""
    text, citations = message.text, []
    # Only our own texts carry fact ids; a patient who types "[M15]" is left as written.
    if message.author == "assistant":
        rendered = number_citations(message.text, facts)
        text = rendered.text
        citations = [
            {
                "number": citation.number,
                "fact": citation.fact,
                "source": citation.source,
                "section": citation.section,
            }
            for citation in rendered.citations
        ]
    return {
        "seq": message.seq,
        "author": message.author,
        "text": text,
        "citations": citations,
        "buttons": [{"id": button.id, "title": button.title} for button in message.buttons],
        "topics": list(message.topics),
        "concern": message.concern,
        "role": str(message.custom.get("role", "")) if message.author == "clinician" else "",
        "client_id": message.client_id,
        "at": utc_text(message.created_at),
    }


def told_item(told: Told | None) -> dict[str, Any] | None:
    """What the page may say about the clinic: times of the case's own events, or None when there is nothing to say."""
    if told is None:
        return None
    return {
        "reference": told.reference,
        "at": utc_text(told.at),
        "seen_at": None if told.seen_at is None else utc_text(told.seen_at),
    }
