"""Clinicians' words for a case's stored codes, on the care desk and in alerts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Final

from bot.cases.domain import Resolution

CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "concern_suicidal": "Suicide or self-harm",
        "concern_mood": "Low or changed mood",
        "concern_pregnancy": "Possible pregnancy",
        "concern_serious_side_effect": "Serious side effect",
        "request_human": "Wants a person",
    }
)
TIERS: Final[Mapping[int, str]] = MappingProxyType({1: "Now", 2: "Same day", 3: "Routine"})
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "open": "Open",
        "notified": "Clinic notified",
        "acknowledged": "Acknowledged",
        "in_progress": "In progress",
        "resolved": "Resolved",
        "reopened": "Reopened",
        "delivery_failed": "Notification failed",
    }
)
RESOLUTIONS: Final[Mapping[Resolution, str]] = MappingProxyType(
    {
        Resolution.CONTACTED: "Talked or wrote with the patient",
        Resolution.REFERRED: "Referred to somebody else",
        Resolution.FALSE_POSITIVE: "No concern: the assistant was mistaken",
        Resolution.DUPLICATE: "Dealt with in another case",
        Resolution.COULD_NOT_REACH: "Could not reach the patient",
        Resolution.OTHER: "Something else",
    }
)


def time_words(at: datetime) -> str:
    """23 Nov 2026, 09:30 UTC"""
    return at.astimezone(timezone.utc).strftime("%-d %b %Y, %H:%M UTC")
