"""The audit trail in a real PostgreSQL: it only grows, stays one chain under any load, and tampering is found."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.audit import Entry, record
from bot.audit.chain import Anchor
from bot.audit.domain import GENESIS, seal
from bot.audit.models import audit_entries
from bot.audit.proof import last_seal, verify
from bot.audit.repository import Wanted, in_order, latest, viewers
from bot.database import Database, DatabaseUnavailable
from tests.conftest import new_database
from tests.support.world import rows

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
DISABLE = "ALTER TABLE audit_entries DISABLE TRIGGER ALL"


@pytest.fixture
def trail(postgres_url: str) -> Iterator[Database]:
    """A database whose trail is empty."""
    with new_database(postgres_url) as url:
        database = Database(url, pool_size=20)
        yield database
        database.dispose()


def entry(number: int, **changes: Any) -> Entry:
    values = {
        "actor": f"{'kim' if number % 2 else 'lee'}@clinic.example",
        "action": "case_viewed",
        "subject_kind": "case",
        "subject": f"case-{number % 3}",
        "details": {"messages": number},
    }
    return Entry(**{**values, **changes})


def write(database: Database, count: int) -> Anchor:
    """So many more entries; the last one's seal."""
    with database.transaction() as session:
        for number in range(count):
            record(session, entry(number), NOW + timedelta(seconds=number))
        found = last_seal(session)
    assert found is not None
    return found[0]


def faults(session: Session, *anchors: Anchor) -> list[str]:
    return [str(fault) for fault in verify(session, anchors=anchors).faults]


def test_twenty_threads_keep_one_unbroken_chain(trail: Database) -> None:
    def work(thread: int) -> list[int]:
        numbers = []
        for turn in range(15):
            with trail.transaction() as session:
                numbers.append(record(session, entry(thread, details={"turn": turn}), NOW))
        return numbers

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(work, range(20)))
    assert sorted(number for numbers in found for number in numbers) == list(range(1, 301))
    assert all(numbers == sorted(numbers) for numbers in found)
    with trail.transaction() as session:
        proof = verify(session)
    assert (proof.whole, proof.count) == (True, 300)


def test_an_entry_is_there_if_and_only_if_what_it_tells_of_is(trail: Database) -> None:
    with pytest.raises(RuntimeError), trail.transaction() as session:
        assert record(session, entry(1), NOW) == 1
        raise RuntimeError("what was to be recorded did not happen")
    assert write(trail, 1).number == 1


def test_what_holds_a_sentence_is_refused_and_with_it_what_it_tells_of(trail: Database) -> None:
    with pytest.raises(ValueError, match="no sentences"), trail.transaction() as session:
        record(session, entry(1), NOW)
        record(session, entry(2, details={"note": "she wrote this"}), NOW)
    assert rows(trail, "SELECT * FROM audit_entries") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'nobody'",
        "UPDATE audit_entries SET details = details",
        "DELETE FROM audit_entries WHERE number = 3",
        "TRUNCATE audit_entries",
        "TRUNCATE audit_entries CASCADE",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_to_change_what_is_written(database: Database, statement: str) -> None:
    write(database, 3)
    with pytest.raises(DBAPIError, match="only grows"), database.transaction() as session:
        session.execute(sa.text(statement))
    with database.transaction() as session:
        assert faults(session) == []


def test_the_database_refuses_a_fork_of_the_chain(database: Database) -> None:
    write(database, 3)
    with pytest.raises(DBAPIError, match="audit_entries_previous_key"), database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO audit_entries (number, at, actor, action, subject_kind, subject, previous, seal) SELECT"
                " max(number) + 1, now(), 'x', 'x', 'x', 'x', (SELECT previous FROM audit_entries WHERE number = 2),"
                " decode(repeat('ab', 32), 'hex') FROM audit_entries"
            )
        )


def test_who_waits_for_a_writer_that_hangs_fails_instead_of_hanging(
    trail: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.audit.repository._LONGEST_WAIT", "100ms")
    with trail.transaction() as hanging:
        record(hanging, entry(1), NOW)
        with pytest.raises(DatabaseUnavailable), trail.transaction() as session:
            record(session, entry(2), NOW)
    assert write(trail, 1).number == 2


JSON_TEXT = st.text(
    alphabet=st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")
    ),
    max_size=20,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(JSON_TEXT, inner, max_size=3),
    max_leaves=6,
)


@rules(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    actor=JSON_TEXT.filter(bool),
    subject=JSON_TEXT,
    details=st.dictionaries(JSON_TEXT, VALUES, max_size=4),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),
)
def test_whatever_is_recorded_comes_back_as_it_was_sealed(
    database: Database, actor: str, subject: str, details: dict[str, Any], at: datetime
) -> None:
    with database.transaction() as session:
        number = record(session, entry(1, actor=actor, subject=subject, details=details), at)
    with database.transaction() as session:
        (stored,) = latest(session, Wanted(), 1)
        assert stored.number == number and stored.content_fits()
        assert verify(session, start=number).whole


COLUMNS = ("at", "actor", "action", "subject_kind", "subject", "details", "previous", "seal")


@st.composite
def crimes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """SQL that changes, deletes, swaps or inserts among 8 entries."""
    one = draw(st.integers(1, 8))
    other = draw(st.integers(1, 8).filter(lambda number: number != one))
    text = draw(st.text(alphabet="abcdefgh_", min_size=1, max_size=8))
    kind = draw(st.sampled_from(("change", "delete", "swap", "insert")))
    if kind == "delete":
        return "DELETE FROM audit_entries WHERE number = :one", {"one": one}
    if kind == "swap":
        return (
            "UPDATE audit_entries SET number = CASE number WHEN :one THEN :other ELSE :one END"
            " WHERE number IN (:one, :other)"
        ), {"one": one, "other": other}
    if kind == "insert":
        return (
            "UPDATE audit_entries SET number = number + 1 WHERE number >= :one;"
            " INSERT INTO audit_entries (number, at, actor, action, subject_kind, subject, previous, seal)"
            " VALUES (:one, now(), :text, 'case_viewed', 'case', 'x', decode(repeat('ab', 32), 'hex'),"
            " decode(repeat('cd', 32), 'hex'))"
        ), {"one": one, "text": text}
    column = draw(st.sampled_from(COLUMNS))
    new = {
        "at": "at + interval '1 microsecond'",
        "details": "details || jsonb_build_object('x', CAST(:text AS text))",
        "previous": "sha256(previous)",
        "seal": "sha256(seal)",
    }.get(column, f"{column} || :text")
    return f"UPDATE audit_entries SET {column} = {new} WHERE number = :one", {"one": one, "text": text}


@pytest.fixture(scope="module")
def open_trail(postgres_url: str) -> Iterator[Database]:
    """Eight entries in a table that an administrator has stripped of its guards."""
    with new_database(postgres_url) as url:
        database = Database(url)
        write(database, 8)
        with database.transaction() as session:
            session.execute(sa.text(DISABLE))
            session.execute(
                sa.text(
                    "ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_pkey,"
                    " DROP CONSTRAINT audit_entries_previous_key, DROP CONSTRAINT audit_entries_seal_key"
                )
            )
        yield database
        database.dispose()


@rules(max_examples=120, deadline=None)
@given(crime=crimes())
def test_any_tampering_by_an_administrator_is_found(
    open_trail: Database, crime: tuple[str, dict[str, Any]]
) -> None:
    statement, values = crime
    with open_trail.engine.connect() as connection, connection.begin() as undone:
        with Session(bind=connection, future=True) as session:
            kept, written = last_seal(session), contents(session)
            assert kept is not None and faults(session, kept[0]) == []
            for part in statement.split(";"):
                session.execute(sa.text(part), values)
            assert faults(session, kept[0]) != []
            # Without a kept seal only a cut off end goes unseen.
            if faults(session) == []:
                assert statement.startswith("DELETE") and values["one"] == kept[0].number
            # Sealed anew from the first to the last it looks whole, and still does not fit the kept seal.
            reseal(session)
            assert faults(session) == []
            assert bool(faults(session, kept[0])) == (contents(session) != written)
        undone.rollback()


def contents(session: Session) -> list[tuple[datetime, Entry]]:
    return [(stored.at, stored.entry) for stored in in_order(session)]


def reseal(session: Session) -> None:
    """What a skilled forger would do."""
    stored = list(in_order(session))
    session.execute(sa.delete(audit_entries))
    previous = GENESIS
    for number, old in enumerate(stored, 1):
        made = seal(number, old.entry, old.at, previous)
        session.execute(
            sa.insert(audit_entries).values(
                number=number,
                at=old.at,
                actor=old.entry.actor,
                action=old.entry.action,
                subject_kind=old.entry.subject_kind,
                subject=old.entry.subject,
                details=dict(old.entry.details),
                previous=previous,
                seal=made,
            )
        )
        previous = made


def test_a_later_part_can_be_proved_alone(trail: Database) -> None:
    first = write(trail, 5)
    write(trail, 5)
    with trail.transaction() as session:
        proof = verify(session, start=6, anchors=[first])
        assert (proof.whole, proof.count, proof.met) == (True, 5, 1)
        with pytest.raises(ValueError, match="proves nothing"):
            verify(session, start=7, anchors=[first])
        with pytest.raises(ValueError, match="no entry 11"):
            verify(session, start=12)


def fill(database: Database, count: int) -> None:
    """Many entries, faster than one by one."""
    previous, number = GENESIS, 0
    with database.transaction() as session:
        while number < count:
            batch = []
            for _ in range(min(5_000, count - number)):
                number += 1
                made = seal(number, entry(number), NOW, previous)
                values = {
                    **vars(entry(number)),
                    "number": number,
                    "at": NOW,
                    "previous": previous,
                    "seal": made,
                }
                batch.append({**values, "details": json.dumps(values["details"])})
                previous = made
            session.execute(
                sa.text(
                    "INSERT INTO audit_entries (number, at, actor, action, subject_kind, subject, details, previous,"
                    " seal) VALUES (:number, :at, :actor, :action, :subject_kind, :subject,"
                    " CAST(:details AS jsonb), :previous, :seal)"
                ),
                batch,
            )


def test_a_long_trail_is_proved_in_little_memory(trail: Database) -> None:
    fill(trail, 12_000)
    tracemalloc.start()
    try:
        with trail.transaction() as session:
            proof = verify(session)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (proof.whole, proof.count) == (True, 12_000)
    # A thousand rows at a time; all of them would be over 20 MB.
    assert peak < 6_000_000


def test_recording_takes_about_a_millisecond(trail: Database) -> None:
    fill(trail, 2_000)

    def timed(work: Callable[[Session], object]) -> float:
        with trail.transaction() as session:
            work(session)
            began = time.perf_counter()
            work(session)
            return time.perf_counter() - began

    took = [timed(lambda session: record(session, entry(1), NOW)) for _ in range(60)]
    # A third of what is allowed here, on a machine with nothing else to do.
    assert median(took) < 0.003


def test_who_has_seen_a_case_and_how_often(trail: Database) -> None:
    write(trail, 12)
    with trail.transaction() as session:
        found = viewers(session, "case_viewed", "case", "case-0")
        assert [(viewer.actor, viewer.times) for viewer in found] == [
            ("kim@clinic.example", 2),
            ("lee@clinic.example", 2),
        ]
        assert found[0].first == NOW + timedelta(seconds=3) and found[0].last == NOW + timedelta(seconds=9)
        wanted = Wanted(actor="lee@clinic.example", since=NOW + timedelta(seconds=4), before=12)
        assert [stored.number for stored in latest(session, wanted, 2)] == [11, 9]
        assert [stored.number for stored in in_order(session, wanted)] == [5, 7, 9, 11]
