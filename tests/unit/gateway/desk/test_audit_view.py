"""What the audit page is asked for, and its words."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from pathlib import Path
from uuid import UUID

import pytest

from bot.audit.domain import Entry, StoredEntry
from bot.gateway.desk.audit_view import BadFilter, Filters, lines
from bot.gateway.desk.audit_words import ACTIONS, action_words, details_words

ROOT = Path(__file__).resolve().parents[4]
CASE = UUID(int=7)


def stored(entry: Entry) -> StoredEntry:
    return StoredEntry(3, datetime(2026, 11, 23, tzinfo=timezone.utc), entry, bytes(32), bytes(32))


def test_filters_are_read_and_written_into_the_next_address() -> None:
    given = {
        "who": str(CASE),
        "what": "case_viewed",
        "case": " k7f-3qx ",
        "first": "2026-11-01",
        "last": "2026-11-02",
    }
    filters = Filters.read(given)
    assert filters == Filters(CASE, "case_viewed", "K7F-3QX", date(2026, 11, 1), date(2026, 11, 2))
    assert filters.since == datetime(2026, 11, 1, tzinfo=timezone.utc)
    assert filters.until == datetime(2026, 11, 3, tzinfo=timezone.utc)
    assert filters.used == ["case", "first", "last", "what", "who"]
    again = dict(part.split("=") for part in filters.older_than(40).partition("?")[2].split("&"))
    assert Filters.read(again) == Filters(CASE, "case_viewed", "K7F-3QX", filters.first, filters.last, 40)


def test_nothing_given_is_everything() -> None:
    assert Filters.read({"who": "", "case": ""}) == Filters()
    assert Filters().used == []


@pytest.mark.parametrize(
    "given", [{"who": "x"}, {"case": "KKKK"}, {"what": "x y"}, {"first": "1.1."}, {"before": "0"}]
)
def test_what_cannot_be_read_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        Filters.read(given)


def test_a_case_is_called_by_its_reference_and_linked_for_those_who_may_open_it() -> None:
    entry = stored(Entry("lee@clinic.example", "case_viewed", "case", str(CASE), {"messages": 3}))
    (line,) = lines([entry], {"lee@clinic.example": "Dr Lee"}, {CASE: "K7F-3QX"}, links=True)
    assert (line.who, line.subject, line.case) == (
        "Dr Lee (lee@clinic.example)",
        "case K7F-3QX",
        f"/desk/cases/{CASE}",
    )
    (line,) = lines([entry], {}, {CASE: "K7F-3QX"}, links=False)
    assert (line.who, line.case) == ("lee@clinic.example", "")
    (line,) = lines([entry], {}, {}, links=True)
    assert (line.subject, line.case) == (f"case {CASE}", "")


def test_details_are_said_in_words() -> None:
    details = {
        "to": "lead",
        "sessions": 2,
        "take_over": True,
        "by": None,
        "states": ["open", "notified", "resolved"],
    }
    assert details_words(details) == (
        "by none, sessions 2, states open, notified and resolved, take over yes, to lead"
    )
    assert (
        details_words({"role": {"from": "a", "to": "b"}, "labels": []}) == "labels none, role (from a, to b)"
    )
    assert details_words({}) == ""


def test_an_action_without_words_of_its_own_is_still_readable() -> None:
    assert action_words("kettle_boiled") == "Kettle boiled"


def test_every_action_that_the_code_records_has_words() -> None:
    found = set()
    for path in (ROOT / "bot").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bEntry\(\s*[\w.]+,\s*"([a-z_]+)"', source))
        found |= set(re.findall(r'_audit\(session, [\w.]+, "([a-z_]+)"', source))
    assert {"case_viewed", "case_claimed", "signed_out", "audit_viewed"} <= found
    assert sorted(found - set(ACTIONS)) == []
