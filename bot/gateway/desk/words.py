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
        "lapsed": "Nothing followed the acknowledgement: open again",
        "page_sent": "Page sent",
        "page_failed": "Page could not be delivered",
        "deadline_missed": "Nobody acknowledged it in time",
        "patient_told_unseen": "Patient told that nobody has confirmed yet, and whom to call",
        "patient_told_seen": "Patient told that somebody has seen it",
        "erasure_requested": "Patient deleted the conversation; the quotation goes when the case is resolved",
        "content_erased": "Quotation and contact details deleted, as the patient asked",
    }
)


def event_words(event: Event) -> str:
    """One line for the trail."""
    if event.kind == "tier_raised":
        return f"More urgent: from {_tier(event.details.get('from'))} to {_tier(event.details.get('to'))}"
    if event.kind in ("paged", "nobody_to_page"):
        return _page_words(event)
    words = _EVENTS.get(event.kind, event.kind)
    if event.kind in ("page_sent", "page_failed"):
        words += f": {_person(event)}, {event.details.get('kind', 'unknown')}"
        words += f" ({event.details['problem']})" if event.details.get("problem") else ""
    if event.kind in ("patient_unreached", "delivery_failed") and event.details.get("channel"):
        words += f" ({event.details['channel']}: {event.details.get('problem', 'no reason known')})"
    return words


_NOBODY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_policy": "there is no escalation policy",
        "nobody_on_duty": "nobody was on duty",
        "no_address": "no address for a case of this urgency",
        "ladder_ended": "the policy plans no further page",
    }
)


def _page_words(event: Event) -> str:
    if event.kind == "nobody_to_page":
        reason = event.details.get("reason", "")
        words = f"Nobody paged: {_NOBODY.get(str(reason), 'no reason known')}"
        return f"{words} ({_person(event)})" if event.details.get("person") else words
    kinds = event.details.get("kinds")
    ways = ", ".join(str(kind) for kind in kinds) if isinstance(kinds, list) else "unknown"
    return f"Paged {_person(event)} by {ways}" + (" about news" if event.details.get("news") else "")


def _person(event: Event) -> str:
    return str(event.details.get("person", "unknown"))


def _tier(value: object) -> str:
    return TIERS[value] if isinstance(value, int) and value in TIERS else "unknown"
