"""The audit trail's page: who may see it, what it shows, and that looking leaves an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from bot.audit import Entry, record
from bot.database import Database
from tests.support.desk import desk_user, signed_in
from tests.support.patient import Patient
from tests.support.world import rows

LEE, KIM, ADMIN = "lee@clinic.example", "kim@clinic.example", "admin@clinic.example"
LONG_AGO = datetime(2025, 3, 1, 23, 30, tzinfo=timezone.utc)


@pytest.fixture(scope="module", autouse=True)
def people(database: Database) -> None:
    desk_user(database, LEE, "lead", "Dr Lee")
    desk_user(database, KIM, "clinician", "Kim <b>")
    desk_user(database, ADMIN, "administrator", "Ada Admin")


@pytest.fixture
def lead(door: str, database: Database) -> Iterator[httpx.Client]:
    with signed_in(door, database, LEE, "lead") as browser:
        yield browser


@pytest.fixture
def case(patient: Patient, database: Database) -> Any:
    message_id = patient.say("hello, I think I am pregnant now")
    return rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)[0]


def write(database: Database, *entries: Entry, at: datetime = LONG_AGO) -> int:
    with database.transaction() as session:
        return [record(session, entry, at) for entry in entries][-1]


def seen(case: Any, who: str = KIM) -> Entry:
    return Entry(who, "case_viewed", "case", str(case.id), {"messages": 3})


def newest(database: Database) -> Any:
    return rows(database, "SELECT * FROM audit_entries ORDER BY number DESC LIMIT 1")[0]


def numbers(page: httpx.Response) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', page.text)]


@pytest.mark.parametrize("role", ["clinician", "content_owner"])
def test_only_leads_and_administrators_open_it(door: str, database: Database, role: str) -> None:
    before = rows(database, "SELECT count(*) AS count FROM audit_entries WHERE action = 'audit_viewed'")
    with signed_in(door, database, f"{role}@clinic.example", role) as browser:
        assert browser.get("/desk/audit").status_code == 403
        assert browser.post("/desk/audit").status_code in (403, 405)
    assert (
        rows(database, "SELECT count(*) AS count FROM audit_entries WHERE action = 'audit_viewed'") == before
    )


def test_it_says_who_did_what_and_who_has_seen_a_case(
    lead: httpx.Client, database: Database, case: Any
) -> None:
    write(database, seen(case), seen(case), seen(case, LEE))
    page = lead.get("/desk/audit", params={"case": f" {case.reference.lower()} "})
    assert page.status_code == 200
    assert f"Who has seen case {case.reference}" in page.text
    assert "Kim &lt;b&gt; (kim@clinic.example)</th><td>2</td>" in page.text
    assert f'<a href="/desk/cases/{case.id}">case {case.reference}</a>' in page.text
    assert "Saw the case and its conversation" in page.text and "messages 3" in page.text
    assert len(numbers(page)) == 3
    assert "pregnant" not in page.text


def test_looking_is_an_entry_that_names_the_filters_and_quotes_nothing(
    lead: httpx.Client, database: Database, case: Any
) -> None:
    kim = desk_user(database, KIM, "clinician")
    lead.get("/desk/audit", params={"case": case.reference, "who": str(kim.id), "what": "case_viewed"})
    entry = newest(database)
    assert (entry.actor, entry.action, entry.subject_kind) == (LEE, "audit_viewed", "audit")
    assert entry.details == {
        "filters": ["case", "what", "who"],
        "account": str(kim.id),
        "case": str(case.id),
    }


def test_the_seal_to_keep_is_that_of_the_newest_entry(lead: httpx.Client, database: Database) -> None:
    page = lead.get("/desk/audit")
    entry = newest(database)
    assert f'<code class="seal">{entry.number}:{bytes(entry.seal).hex()}</code>' in page.text


def test_an_administrator_sees_the_trail_but_no_way_to_the_case(
    door: str, database: Database, case: Any
) -> None:
    write(database, seen(case))
    with signed_in(door, database, ADMIN, "administrator") as browser:
        page = browser.get("/desk/audit", params={"case": case.reference})
        assert f"case {case.reference}" in page.text and f"/desk/cases/{case.id}" not in page.text
        assert browser.get(f"/desk/cases/{case.id}").status_code == 403


def test_it_can_be_narrowed_by_person_action_and_day(
    lead: httpx.Client, database: Database, case: Any
) -> None:
    late = write(database, seen(case), at=LONG_AGO + timedelta(hours=1))
    early = write(database, Entry(KIM, "case_claimed", "case", str(case.id)), at=LONG_AGO)
    kim = str(desk_user(database, KIM, "clinician").id)

    def shown(**query: str) -> set[int]:
        return set(numbers(lead.get("/desk/audit", params={"case": case.reference, **query})))

    assert shown() == {late, early}
    assert shown(what="case_claimed") == {early}
    assert shown(who=kim) == {late, early}
    assert shown(first="2025-03-01", last="2025-03-01") == {early}
    assert shown(first="2025-03-02") == {late}
    assert shown(last="2025-02-28") == set()


def test_older_entries_are_a_page_away(lead: httpx.Client, database: Database, case: Any) -> None:
    last = write(database, *[Entry(KIM, "case_noted", "case", str(case.id), {"note": n}) for n in range(230)])
    found: list[int] = []
    address = f"/desk/audit?case={case.reference}&what=case_noted"
    while address:
        page = lead.get(address)
        found += numbers(page)
        match = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = match[1].replace("&amp;", "&") if match else ""
    assert found == list(range(last, last - 230, -1))


@pytest.mark.parametrize(
    "query",
    [
        "case=K7F-3Q",
        "case=BBB-BBB",
        "case=<script>",
        "who=kim",
        "who=00000000-0000-0000-0000-000000000000",
        "what=Robert'); DROP TABLE audit_entries",
        "first=yesterday",
        "first=0001-01-01",
        "last=9999-12-31",
        "first=2026-02-02&last=2026-02-01",
        "before=-1",
        "before=99999999999999999999",
    ],
)
def test_a_filter_that_cannot_be_read_is_said_kindly(lead: httpx.Client, query: str) -> None:
    page = lead.get(f"/desk/audit?{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text and "<script>" not in page.text
    assert numbers(page) == []


def test_without_a_record_of_the_look_nothing_is_shown(
    lead: httpx.Client, database: Database, case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trail is held up: the page fails rather than show what nobody will know was seen."""
    monkeypatch.setattr("bot.audit.repository._LONGEST_WAIT", "200ms")
    number = write(database, seen(case))
    with database.transaction() as session:
        record(session, seen(case), LONG_AGO)
        page = lead.get("/desk/audit", timeout=20)
    assert page.status_code == 503 and case.reference not in page.text
    assert newest(database).number == number + 1
