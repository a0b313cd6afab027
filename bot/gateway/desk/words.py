"""The care desk's words for stored codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.cases.domain import Event
from bot.cases.words import TIERS

AUTHORS: Final[Mapping[str, str]] = MappingProxyType(
    {"patient": "Patient", "assistant": "Assistant", "clinician": "Clinician"}
)
# Why a hold ended, where it was not simply given back.
_RETURNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "silence": "nobody had written for a while",
        "taken_over": "a colleague took it over",
        "deleted": "the patient deleted it",
    }
)
_EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "opened": "Case opened",
        "cue_added": "Another message on the same concern",
        "contact_recorded": "Patient left contact details",
        "notified": "Clinic notified",
        "delivery_failed": "Notification failed",
        "acknowledged": "Acknowledged",
        "in_progress": "Work started",
        "resolved": "Resolved",
        "reopened": "Reopened",
        "patient_unreached": "A message could not be delivered to the patient",
        "lapsed": "Acknowledgement lapsed",
        "patient_answered": "Patient answered",
        "conversation_held": "Took over the conversation from the assistant",
        "conversation_returned": "Conversation given back to the assistant",
        "erasure_requested": "Patient deleted the conversation; the quotation goes when the case is resolved",
        "content_erased": "Quotation and contact details deleted, as the patient asked",
    }
)


def event_words(event: Event) -> str:
    """One line for the trail."""
    if event.kind == "tier_raised":
        return f"More urgent: from {_tier(event.details.get('from'))} to {_tier(event.details.get('to'))}"
    words = _EVENTS.get(event.kind, event.kind)
    if event.kind in ("patient_unreached", "delivery_failed") and event.details.get("channel"):
        words += f" ({event.details['channel']}: {event.details.get('problem', 'no reason known')})"
    if event.kind == "conversation_returned" and event.details.get("because") in _RETURNED:
        words += f": {_RETURNED[str(event.details['because'])]}"
    return words


def _tier(value: object) -> str:
    return TIERS[value] if isinstance(value, int) and value in TIERS else "unknown"
