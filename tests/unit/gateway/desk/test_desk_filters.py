"""The list's address and its filters are the same thing."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.domain import State
from bot.cases.inbox import Counts, Filters, Who
from bot.cases.words import CATEGORIES
from bot.gateway.desk.filters import filters_of, menus, page_of, pages, query_of, tabs

COUNTS = Counts(12, 3, 4, 2, 40, {1: 1, 2: 2, 3: 9})
FILTERS = st.builds(
    Filters,
    resolved=st.just(False),
    tier=st.sampled_from([None, 1, 2, 3]),
    state=st.sampled_from([None, *(state for state in State if state is not State.RESOLVED)]),
    category=st.sampled_from([None, *CATEGORIES]),
    channel=st.sampled_from([None, "widget", "telegram"]),
    who=st.sampled_from(Who),
    overdue=st.booleans(),
    words=st.text(max_size=150).map(lambda text: " ".join(text.replace("\x00", "").split())),
)


@given(FILTERS, st.integers(1, 500))
def test_an_address_leads_back_to_its_filters(filters: Filters, page: int) -> None:
    query = dict(parse_qsl(query_of(filters, page).lstrip("?"), keep_blank_values=True))
    assert filters_of(query) == filters
    assert page_of(query) == page


@given(
    st.dictionaries(st.sampled_from("show tier state category channel who overdue q page".split()), st.text())
)
def test_any_address_opens_a_list(query: dict[str, str]) -> None:
    filters = filters_of(query)
    assert page_of(query) >= 1
    assert "\x00" not in filters.words and len(filters.words) <= 200


def test_what_means_nothing_is_left_out() -> None:
    strange = {
        "tier": "7",
        "state": "gone",
        "category": "weather",
        "who": "them",
        "overdue": "yes",
        "page": "-1",
    }
    assert filters_of(strange) == Filters()
    assert page_of(strange) == 1
    resolved = {"show": "resolved", "state": "open", "overdue": "1"}
    assert filters_of(resolved) == Filters(resolved=True)


def test_the_ready_made_lists() -> None:
    found = tabs(Filters(who=Who.MINE), COUNTS)
    assert [(tab.label, tab.count, tab.address) for tab in found] == [
        ("All unresolved", 12, "/desk"),
        ("Mine", 3, "/desk?who=mine"),
        ("Unclaimed", 4, "/desk?who=unclaimed"),
        ("Overdue", 2, "/desk?overdue=1"),
        ("Resolved", 40, "/desk?show=resolved"),
    ]
    assert [tab.label for tab in found if tab.current] == ["Mine"]
    assert not any(tab.current for tab in tabs(Filters(words="low"), COUNTS))


def test_menus_show_what_is_chosen() -> None:
    found = {menu.name: menu for menu in menus(Filters(tier=2, channel="slack"), {"slack": "Slack"})}
    chosen = {name: [c.value for c in menu.choices if c.chosen] for name, menu in found.items()}
    assert chosen == {
        "tier": ["2"],
        "state": [""],
        "category": [""],
        "channel": ["slack"],
        "who": [""],
        "overdue": [""],
    }
    assert "state" not in {menu.name for menu in menus(Filters(resolved=True), {})}


@pytest.mark.parametrize(
    ("page", "total", "shown", "previous", "following"),
    [
        (1, 0, (0, 0), "", ""),
        (1, 50, (1, 50), "", ""),
        (1, 51, (1, 50), "", "/desk?tier=1&page=2"),
        (2, 51, (51, 51), "/desk?tier=1", ""),
    ],
)
def test_pages(page: int, total: int, shown: tuple[int, int], previous: str, following: str) -> None:
    found = pages(Filters(tier=1), page, total)
    assert ((found.first, found.last), found.previous, found.following) == (shown, previous, following)
