"""The care desk's words for stored codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.cases.domain import Event, Resolution
from bot.cases.words import RESOLUTIONS, TIERS
from bot.outbox.values import Delivery, Status

AUTHORS: Final[Mapping[str, str]] = MappingProxyType(
    {"patient": "Patient", "assistant": "Assistant", "clinician": "Clinician"}
)
CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "widget": "Website",
        "telegram": "Telegram",
        "slack": "Slack",
        "apprise": "Page",
        "fhir": "Record system",
    }
)
# What the assistant said, apart from answers.
MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "disclaimer": "Opening words",
        "urgent_help": "Urgent help",
        "case_notice": "About the case",
        "notice": "Notice",
        "apology": "Apology",
        "button": "Pressed a button",
    }
)
ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "clinician": "Clinician",
        "lead": "Lead",
        "content_owner": "Content owner",
        "administrator": "Administrator",
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
        "lapsed": "Acknowledgement lapsed: nothing had followed it",
        "erasure_requested": "Patient deleted the conversation; the quotation goes when the case is resolved",
        "content_erased": "Quotation and contact details deleted, as the patient asked",
        "claimed": "Claimed",
        "released": "Released",
        "note_added": "Note added",
        "replied": "Wrote to the patient",
        "patient_answered": "Patient wrote",
        "conversation_held": "Took the conversation over from the assistant",
        "conversation_returned": "Assistant answers again",
        "page_sent": "Page sent",
        "page_failed": "Page could not be delivered",
        "deadline_missed": "Nobody acknowledged in time",
        "patient_told_unseen": "Patient told that nobody has seen it yet, with whom to call",
        "patient_told_seen": "Patient told that somebody has seen it",
    }
)
_RETURNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "silence": "nobody had written for a while",
        "taken_over": "another clinician took over",
        "deleted": "the patient deleted the conversation",
    }
)
_ACTORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "front door": "Assistant",
        "dialogue": "Assistant",
        "patient": "Patient",
        "outbox": "Delivery",
        "hand-over": "Time-out",
        "escalation": "Escalation policy",
    }
)
# What the outbox carries about a case.
_PARCELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "case_alert": "Alert",
        "case_alert_update": "Update of the alert",
        "page": "Page",
        "page_alarm": "Alarm about a failed page",
    }
)
# Codes in an event's details that say more, in the order in which they are read.
_SAYING_MORE: Final = ("step", "person", "kind", "address", "channel", "problem")
BAD_EVENTS: Final = frozenset(
    {"delivery_failed", "patient_unreached", "page_failed", "nobody_to_page", "deadline_missed", "lapsed"}
)


def event_words(event: Event) -> str:
    """One line for the trail."""
    words = _EVENTS.get(event.kind, event.kind.replace("_", " ").capitalize())
    if event.kind == "tier_raised":
        return f"More urgent: from {_tier(event.details.get('from'))} to {_tier(event.details.get('to'))}"
    if event.kind in ("paged", "nobody_to_page"):
        return _page_words(event)
    if event.kind in ("page_sent", "page_failed"):
        words += f": {_person(event)}, {event.details.get('kind', 'unknown')}"
        return words + (f" ({event.details['problem']})" if event.details.get("problem") else "")
    if event.kind == "resolved" and event.details.get("resolution") in {known.value for known in Resolution}:
        return f"{words}: {RESOLUTIONS[Resolution(event.details['resolution'])]}"
    if event.kind == "claimed" and event.details.get("taken_from"):
        return f"{words}, taken over from a colleague"
    if event.kind == "released" and event.details.get("taken_from"):
        return f"{words} for a colleague"
    if event.kind == "conversation_returned":
        why = _RETURNED.get(str(event.details.get("because")))
        return f"{words}: {why}" if why else words
    if event.kind in ("patient_unreached", "delivery_failed") and event.details.get("channel"):
        return f"{words} ({event.details['channel']}: {event.details.get('problem', 'no reason known')})"
    more = [str(event.details[name]) for name in _SAYING_MORE if event.details.get(name)]
    return f"{words} ({', '.join(more)})" if more else words


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """`names`: of accounts, by mail address."""
    return names.get(actor) or _ACTORS.get(actor) or actor


def channel_words(channel: str) -> str:
    return CHANNELS.get(channel, channel.capitalize())


def delivery_words(delivery: Delivery) -> str:
    """Whether a message got to the patient, as far as we know."""
    if delivery.status is Status.SENT:
        return "Sent"
    if delivery.status is Status.SENDING or (delivery.status is Status.PENDING and not delivery.attempts):
        return "Not sent yet"
    if delivery.status is Status.PENDING:
        return f"Not delivered yet ({delivery.problem or 'no reason known'}); it is tried again"
    if delivery.status is Status.BLOCKED:
        return "Not delivered: the patient has shut this chat"
    if delivery.status is Status.CANCELLED:
        return "Not sent: the conversation was deleted"
    return f"Not delivered ({delivery.problem or 'no reason known'})"


def parcel_words(delivery: Delivery) -> str:
    """How telling the clinic went."""
    what = f"{_PARCELS.get(delivery.kind, delivery.kind)} on {channel_words(delivery.channel)}"
    if delivery.kind == "page":
        step = delivery.payload.get("step")
        what = f"Page to {delivery.payload.get('person', 'nobody')}" + (f" ({step})" if step else "")
    why = f" ({delivery.problem})" if delivery.problem else ""
    tries = f", {delivery.attempts} tries" if delivery.attempts > 1 else ""
    ends = {
        Status.SENT: "sent",
        Status.SENDING: "being sent",
        Status.PENDING: f"waiting{tries}{why}",
        Status.BLOCKED: f"not delivered{tries}{why}",
        Status.DEAD: f"not delivered{tries}{why}",
        Status.CANCELLED: "not needed any more",
    }
    return f"{what}: {ends[delivery.status]}"


def failed(delivery: Delivery) -> bool:
    """Whether it has not got through although it was tried."""
    gone = delivery.status in (Status.BLOCKED, Status.DEAD)
    return gone or (delivery.status is Status.PENDING and delivery.attempts > 0)


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
