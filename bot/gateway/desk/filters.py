"""The list's filters as they stand in its address, so that a list can be bookmarked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bot.cases.domain import State
from bot.cases.inbox import PAGE, Counts, Filters, Who
from bot.cases.words import CATEGORIES, STATES, TIERS

HOME: Final = "/desk"
LONGEST_SEARCH: Final = 200
MOST_PAGES: Final = 10_000


@dataclass(frozen=True)
class Choice:
    """One entry of a menu."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Menu:
    """A filter with its entries; the first leaves nothing out."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Tab:
    """A ready-made list, and how many cases are in it."""

    label: str
    address: str
    count: int
    current: bool


@dataclass(frozen=True)
class Pages:
    """Where a page stands among its neighbours; their addresses are empty where there are none."""

    first: int
    last: int
    total: int
    previous: str
    following: str


def filters_of(query: Mapping[str, str]) -> Filters:
    """What an address asks for. What it asks for in no known words is left out: an old bookmark opens all the same."""
    tier, state, category = query.get("tier", ""), query.get("state", ""), query.get("category", "")
    resolved = query.get("show") == "resolved"
    who = query.get("who", "")
    return Filters(
        resolved=resolved,
        tier=int(tier) if tier in {str(known) for known in TIERS} else None,
        state=State(state) if state in STATES and not resolved else None,
        category=category if category in CATEGORIES else None,
        channel=query.get("channel", "")[:32] or None,
        who=Who(who) if who in {known.value for known in Who} else Who.ANYBODY,
        overdue=query.get("overdue") == "1" and not resolved,
        words=" ".join(query.get("q", "").replace("\x00", " ")[:LONGEST_SEARCH].split()),
    )


def page_of(query: Mapping[str, str]) -> int:
    wanted = query.get("page", "")
    return min(int(wanted), MOST_PAGES) if wanted.isascii() and wanted.isdigit() and int(wanted) > 0 else 1


def query_of(filters: Filters, page: int = 1) -> str:
    """The other way round: only what is chosen, in a fixed order."""
    values = {
        "show": "resolved" if filters.resolved else "",
        "tier": "" if filters.tier is None else str(filters.tier),
        "state": "" if filters.state is None else filters.state.value,
        "category": filters.category or "",
        "channel": filters.channel or "",
        "who": filters.who.value,
        "overdue": "1" if filters.overdue else "",
        "q": filters.words,
        "page": str(page) if page > 1 else "",
    }
    chosen = {name: value for name, value in values.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""


def address_of(filters: Filters, page: int = 1) -> str:
    return HOME + query_of(filters, page)


def tabs(filters: Filters, counts: Counts) -> list[Tab]:
    lists = (
        ("All unresolved", Filters(), counts.unresolved),
        ("Mine", Filters(who=Who.MINE), counts.mine),
        ("Unclaimed", Filters(who=Who.UNCLAIMED), counts.unclaimed),
        ("Overdue", Filters(overdue=True), counts.overdue),
        ("Resolved", Filters(resolved=True), counts.resolved),
    )
    return [Tab(label, address_of(found), count, found == filters) for label, found, count in lists]


def menus(filters: Filters, channels: Mapping[str, str]) -> list[Menu]:
    """`channels`: their words by code."""
    tiers = {str(tier): label for tier, label in TIERS.items()}
    states = {code: label for code, label in STATES.items() if code != State.RESOLVED.value}
    who = {Who.MINE.value: "Mine", Who.UNCLAIMED.value: "Nobody’s"}
    found = [
        _menu("tier", "Urgency", "Any", tiers, "" if filters.tier is None else str(filters.tier)),
        _menu("category", "Concern", "Any", CATEGORIES, filters.category or ""),
        _menu("channel", "Channel", "Any", channels, filters.channel or ""),
        _menu("who", "Claimed by", "Anybody", who, filters.who.value),
    ]
    if not filters.resolved:
        state = "" if filters.state is None else filters.state.value
        found.insert(1, _menu("state", "State", "Any", states, state))
        found.append(_menu("overdue", "Deadline", "Any", {"1": "Overdue"}, "1" if filters.overdue else ""))
    return found


def _menu(name: str, label: str, anything: str, entries: Mapping[str, str], chosen: str) -> Menu:
    choices = [Choice("", anything, not chosen)]
    choices.extend(Choice(code, words, code == chosen) for code, words in entries.items())
    return Menu(name, label, tuple(choices))


def pages(filters: Filters, page: int, total: int) -> Pages:
    first = min((page - 1) * PAGE + 1, total)
    last = min(page * PAGE, total)
    return Pages(
        first=first if last >= first else 0,
        last=last,
        total=total,
        previous=address_of(filters, page - 1) if page > 1 else "",
        following=address_of(filters, page + 1) if page * PAGE < total else "",
    )
