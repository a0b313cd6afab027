"""A page: what goes into the outbox, how long it is tried, and what the clinician reads. Pure.

A page never holds what a patient wrote, and its parcel never says what the case is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from bot.cases.words import CATEGORIES
from bot.escalation.ladder_case import LadderCase
from bot.escalation.policy import Person
from bot.outbox.values import Delivery, Parcel

CHANNEL: Final = "apprise"
PAGE: Final = "page"
# Tells others that a page could not be delivered.
PAGE_ALARM: Final = "page_alarm"

# How long one page is tried, by tier. By then the ladder has moved on to somebody else, or should be told to.
PATIENCE: Final[Mapping[int, timedelta]] = MappingProxyType(
    {1: timedelta(minutes=10), 2: timedelta(hours=1), 3: timedelta(hours=4)}
)
_URGENCY: Final[Mapping[int, str]] = MappingProxyType({1: "now", 2: "same day", 3: "routine"})


def page_parcels(case: LadderCase, person: Person, step: str, number: int, mark: str = "") -> list[Parcel]:
    """One parcel for each of the person's addresses for this tier. `mark` tells pages about news from the steps'."""
    name = f"{case.id}:{case.ladder_round}:{number}{mark}:{person.id}"
    return [
        Parcel(
            key=f"{PAGE}:{name}:{index}",
            # An address that is slow holds back neither another one nor another case.
            stream=f"{PAGE}:{case.id}:{person.id}:{index}",
            channel=CHANNEL,
            kind=PAGE,
            case_id=case.id,
            payload=_payload(case, person, index, step, f"{number}{mark}"),
        )
        for index, _ in person.ways(case.tier)
    ]


def alarm_parcels(case: LadderCase, person: Person, failed: Mapping[str, Any], number: str) -> list[Parcel]:
    """Tell a person that a page to somebody else was given up: once in a round of a case. `failed`: its payload."""
    return [
        Parcel(
            key=f"{PAGE_ALARM}:{case.id}:{case.ladder_round}:{person.id}:{index}",
            stream=f"{PAGE_ALARM}:{case.id}:{person.id}:{index}",
            channel=CHANNEL,
            kind=PAGE_ALARM,
            case_id=case.id,
            payload=_payload(case, person, index, "alarm", number) | {"failed_person": failed["person"]},
        )
        for index, _ in person.ways(case.tier)
    ]


def _payload(case: LadderCase, person: Person, index: int, step: str, number: str) -> dict[str, Any]:
    return {
        "person": person.id,
        "address": index,
        "step": step,
        "round": case.ladder_round,
        "number": number,
        "tier": case.tier,
    }


@dataclass(frozen=True)
class PageText:
    """What a clinician reads. `stamp` names the page: the same page sent twice has the same one."""

    title: str
    body: str
    stamp: str


def page_text(
    case: LadderCase, delivery: Delivery, *, clinic: str, link: str, show_category: bool, failed: str = ""
) -> PageText:
    """`failed` is the name of whoever could not be paged, for an alarm."""
    stamp = f"{case.reference}-{delivery.payload['round']}.{delivery.payload['number']}"
    lines = [f"A case waits at the care desk of {clinic}. Nobody has acknowledged it yet."]
    if failed:
        lines.append(f"A page to {failed} could not be delivered.")
    lines.append(f"Urgency: {_URGENCY[case.tier]}")
    if show_category:
        lines.append(f"Concern: {CATEGORIES[case.category]}")
    lines += [f"Open and acknowledge: {link}", f"Page {stamp}"]
    return PageText(f"Case {case.reference}: {_URGENCY[case.tier]}", "\n".join(lines), stamp)
