"""The list of cases: what a filter leaves, what a search finds, how many there are, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from bot.accounts.users import DeskUser
from bot.cases import inbox, notes, repository, service, work
from bot.cases.domain import Case, Resolution, State
from bot.cases.inbox import Filters, Who
from bot.conversations import hand_over
from bot.database import Database
from tests.contract.test_cases_database import opened, trigger_of
from tests.support.desk import desk_user, signed_in
from tests.support.world import rows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


class Inbox:
    """Five cases, and the list as Ana sees it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ana = desk_user(database, "ana@clinic.example", name="Dr Ana Silva")
        self.ben = desk_user(database, "ben@clinic.example", name="Ben Okafor")
        self.waiting = self.open("concern_mood", 2, minutes=600, evidence="so low 100% of the time")
        self.urgent = self.open("concern_pregnancy", 1, minutes=30, evidence="I_am late")
        self.seen = self.open("concern_suicidal", 1, minutes=90, evidence="cannot go on")
        self.routine = self.open("request_human", 3, minutes=10, evidence="a person", channel="telegram")
        self.done = self.open("concern_mood", 2, minutes=3000, evidence="was low")
        with database.transaction() as session:
            work.claim(session, self.seen.id, self.ana, NOW - timedelta(minutes=80))
            notes.add(session, self.seen.id, "ana@clinic.example", "Lives with her sister in Ørebro", NOW)
            service.record_contact(
                session,
                self.urgent.conversation_id,
                NOW,
                phone="+44 161 496 0123",
                email="Sam@Patient.example",
            )
            work.claim(session, self.done.id, self.ben, NOW - timedelta(minutes=2000))
            work.resolve(session, self.done.id, "ben@clinic.example", Resolution.REFERRED, "Hill Street", NOW)

    def open(self, category: str, tier: int, *, minutes: int, evidence: str, channel: str = "widget") -> Case:
        trigger = replace(
            trigger_of(self.database, category=category, tier=tier), evidence=evidence, channel=channel
        )
        return opened(self.database, trigger, NOW - timedelta(minutes=minutes))

    def find(self, me: DeskUser | None = None, page: int = 1, **filters: object) -> list[UUID]:
        with self.database.transaction() as session:
            found, total = inbox.find(session, Filters(**filters), (me or self.ana).id, NOW, page=page)  # type: ignore[arg-type]
        assert total >= len(found)
        return [listed.case.id for listed in found]


@pytest.fixture(scope="module")
def desk(database: Database) -> Inbox:
    return Inbox(database)


@pytest.fixture(scope="module")
def browser(door: str, database: Database, desk: Inbox) -> Iterator[httpx.Client]:
    with signed_in(door, database, "ana@clinic.example") as client:
        yield client


def test_the_most_urgent_come_first_then_the_unseen_then_the_oldest(desk: Inbox) -> None:
    assert desk.find() == [desk.urgent.id, desk.seen.id, desk.waiting.id, desk.routine.id]
    assert desk.find(resolved=True) == [desk.done.id]


def test_each_filter_leaves_what_it_says(desk: Inbox) -> None:
    assert desk.find(tier=1) == [desk.urgent.id, desk.seen.id]
    assert desk.find(state=State.ACKNOWLEDGED) == [desk.seen.id]
    assert desk.find(category="concern_mood") == [desk.waiting.id]
    assert desk.find(channel="telegram") == [desk.routine.id]
    assert desk.find(who=Who.MINE) == [desk.seen.id]
    assert desk.find(desk.ben, who=Who.MINE) == []
    assert desk.find(who=Who.UNCLAIMED) == [desk.urgent.id, desk.waiting.id, desk.routine.id]
    assert desk.find(overdue=True) == [desk.urgent.id, desk.waiting.id]
    assert desk.find(overdue=True, tier=2) == [desk.waiting.id]
    assert desk.find(resolved=True, who=Who.MINE) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("LATE", ["urgent"]),
        ("i_am", ["urgent"]),
        ("100%", ["waiting"]),
        ("%", ["waiting"]),
        ("!", []),
        ("low time", ["waiting"]),
        ("low person", []),
        ("sister", ["seen"]),
        ("ørebro", ["seen"]),
        ("0161", ["urgent"]),
        ("161 4960123", ["urgent"]),
        ("+44161", ["urgent"]),
        ("sam@", ["urgent"]),
        ("'; DROP TABLE cases; --", []),
    ],
)
def test_a_search_finds_quotes_contacts_and_notes(desk: Inbox, words: str, found: list[str]) -> None:
    assert desk.find(words=words) == [getattr(desk, name).id for name in found]


def test_a_reference_is_found_as_people_say_it(desk: Inbox) -> None:
    reference = desk.waiting.reference
    for words in (reference, reference.lower(), reference.replace("-", ""), reference[:5], f" {reference} "):
        assert desk.waiting.id in desk.find(words=words), words
    assert desk.find(words="hill street", resolved=True) == [desk.done.id]


def test_the_counts_are_those_of_the_lists(desk: Inbox) -> None:
    with desk.database.transaction() as session:
        counts = inbox.count(session, desk.ana.id, NOW)
        assert inbox.channels(session) == ["telegram", "widget"]
    assert (counts.unresolved, counts.mine, counts.unclaimed, counts.overdue, counts.resolved) == (
        4,
        1,
        3,
        2,
        1,
    )
    assert dict(counts.tiers) == {1: 2, 2: 1, 3: 1}


def test_what_a_line_says_of_the_patient(database: Database) -> None:
    ana = desk_user(database, "ana@clinic.example", name="Dr Ana Silva")
    trigger = trigger_of(database, category="concern_serious_side_effect", tier=2)
    case = opened(database, trigger, NOW)

    def line() -> inbox.Listed:
        with database.transaction() as session:
            found, _ = inbox.find(session, Filters(category="concern_serious_side_effect"), ana.id, NOW)
        return found[0]

    assert (line().news, line().unreached, line().nobody, line().holder) == (False, False, False, None)
    with database.transaction() as session:
        work.reply(session, case.id, ana, "Hello", NOW)
    assert (line().assignee, line().holder, line().news) == ("Dr Ana Silva", "Dr Ana Silva", False)
    with database.transaction() as session:
        repository.add_event(session, case.id, "patient_answered", "patient", NOW)
        repository.add_event(session, case.id, "patient_unreached", "outbox", NOW)
    assert (line().news, line().unreached, line().nobody) == (True, True, False)
    for kind, nobody in (("nobody_to_page", True), ("page_sent", False), ("page_failed", True)):
        with database.transaction() as session:
            repository.add_event(session, case.id, kind, "escalation", NOW)
        assert line().nobody == nobody
    with database.transaction() as session:
        work.note(session, case.id, ana.email, "read it", NOW)
        hand_over.give_back(session, case.conversation_id, ana.email, NOW)
        work.resolve(session, case.id, ana.email, Resolution.CONTACTED, "", NOW)
    assert desk_has_none(database, ana)


def desk_has_none(database: Database, ana: DeskUser) -> bool:
    with database.transaction() as session:
        return inbox.find(session, Filters(category="concern_serious_side_effect"), ana.id, NOW)[1] == 0


def test_the_list_over_http_says_the_same_and_can_be_bookmarked(browser: httpx.Client, desk: Inbox) -> None:
    page = browser.get("/desk?tier=1&q=late").text
    assert desk.urgent.reference in page and desk.seen.reference not in page
    assert '<option value="1" selected>Now</option>' in page
    assert 'value="late"' in page
    # The list shows nobody's words, whatever was searched for.
    assert "I_am late" not in page
    empty = browser.get("/desk?q=nothing+like+it").text
    assert "No case matches." in empty and 'href="/desk?show=resolved&amp;q=nothing%20like%20it"' in empty
    live = browser.get("/desk/live?tier=1&q=late").text
    assert desk.urgent.reference in live


def test_a_search_is_recorded_without_its_words(browser: httpx.Client, database: Database) -> None:
    browser.get("/desk?q=sister")
    (entry,) = rows(database, "SELECT actor, action, details FROM audit_entries ORDER BY number DESC LIMIT 1")
    assert (entry.actor, entry.action, entry.details) == (
        "ana@clinic.example",
        "cases_searched",
        {"found": 1, "resolved": False},
    )


def test_odd_addresses_open_the_list(browser: httpx.Client) -> None:
    for query in (
        "tier=9&state=x&page=0",
        "q=%00%00",
        "page=99999999999999",
        "who=%F0%9F%98%80",
        "q=" + "x" * 3000,
    ):
        assert browser.get(f"/desk?{query}").status_code == 200, query
    assert browser.get("/desk?page=7").url.query == b""


def test_many_cases_come_a_page_at_a_time(browser: httpx.Client, database: Database, desk: Inbox) -> None:
    trigger = trigger_of(database, category="request_human", tier=3)
    with database.transaction() as session:
        for number in range(120):
            conversation = uuid4()
            session.execute(
                sa.text(
                    "INSERT INTO conversations (id, channel, region, language) VALUES (:c, 'slack', 'US', 'en')"
                ),
                {"c": conversation},
            )
            one = replace(
                trigger,
                conversation_id=conversation,
                message_id=trigger.message_id,
                channel="slack",
                evidence="x",
            )
            service.open_case(session, one, NOW + timedelta(seconds=number))
    pages = [desk.find(channel="slack", page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert len({case for page in pages for case in page}) == 120
    first = browser.get("/desk?channel=slack").text
    assert "1–50 of 120 cases" in first and 'href="/desk?channel=slack&amp;page=2" rel="next"' in first
    assert 'rel="prev"' not in first
    last = browser.get("/desk?channel=slack&page=3").text
    assert "101–120 of 120 cases" in last and 'rel="next"' not in last
