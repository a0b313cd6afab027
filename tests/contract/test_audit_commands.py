"""`python -m bot audit …` on a real database: what it says, its exit codes, and that looking leaves an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.audit import Entry, record
from bot.audit.domain import seal
from bot.cli import app, main
from bot.commands.audit import AuditProblem
from bot.database import Database
from tests.conftest import new_database
from tests.support.world import rows

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
Bot = Callable[..., Result]


@pytest.fixture
def trail(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with new_database(postgres_url) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        database = Database(url)
        yield database
        database.dispose()


@pytest.fixture
def bot(trail: Database) -> Bot:
    return lambda *arguments: CliRunner().invoke(app, ["audit", *arguments])


def write(database: Database, count: int) -> None:
    with database.transaction() as session:
        for number in range(count):
            actor = f"{'kim' if number % 2 else 'lee'}@clinic.example"
            at = NOW + timedelta(days=number)
            record(
                session, Entry(actor, "case_viewed", "case", f"case-{number % 2}", {"messages": number}), at
            )


def administrator(database: Database, statement: str) -> None:
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        session.execute(sa.text(statement))


def test_a_whole_trail_is_one_line_and_exit_code_0(trail: Database, bot: Bot) -> None:
    write(trail, 5)
    kept = bot("seal").stdout.strip()
    assert re.fullmatch(r"5:[0-9a-f]{64}", kept)
    done = bot("verify")
    assert done.exit_code == 0 and done.stdout.count("\n") == 1
    assert done.stdout.startswith("Whole: 5 entries, 1 to 5 (27 Nov 2026, 09:30 UTC), without a gap")
    assert f"last seal {kept}. No seal kept elsewhere was given" in done.stdout
    done = bot("verify", "--expect", kept)
    assert done.exit_code == 0 and "The seal kept elsewhere fits." in done.stdout
    write(trail, 3)
    done = bot("verify", "--from", "6", "--expect", kept)
    assert done.exit_code == 0 and done.stdout.startswith("Whole: 3 entries, 6 to 8")


def test_each_broken_entry_is_a_line_and_the_exit_code_1(trail: Database, bot: Bot) -> None:
    write(trail, 6)
    administrator(trail, "UPDATE audit_entries SET actor = 'kim@clinic.example' WHERE number = 3")
    administrator(trail, "DELETE FROM audit_entries WHERE number = 5")
    done = bot("verify")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "broken: entry 3 does not fit its seal: it was changed",
        "broken: entry 5 is missing",
        "The trail is not whole: 2 faults.",
    ]


def test_what_a_skilled_administrator_does_is_found_with_seals_kept_elsewhere(
    trail: Database, bot: Bot, tmp_path: Path
) -> None:
    write(trail, 4)
    seals = tmp_path / "seals.txt"
    seals.write_text(f"Mon 23 Nov {bot('seal').stdout}\n")
    write(trail, 2)
    seals.write_text(seals.read_text() + bot("seal").stdout)
    assert "All 2 seals kept elsewhere fit." in bot("verify", "--seals", str(seals)).stdout
    (last,) = rows(trail, "SELECT * FROM audit_entries WHERE number = 6")
    forged = Entry("lee@clinic.example", last.action, last.subject_kind, last.subject, last.details)
    made = seal(6, forged, last.at, bytes(last.previous)).hex()
    administrator(
        trail,
        f"UPDATE audit_entries SET actor = 'lee@clinic.example', seal = decode('{made}', 'hex') WHERE number = 6",
    )
    assert bot("verify").exit_code == 0
    done = bot("verify", "--seals", str(seals))
    assert done.exit_code == 1 and "entry 6 has another seal than the one that was kept" in done.stdout
    administrator(trail, "DELETE FROM audit_entries WHERE number = 6")
    done = bot("verify", "--seals", str(seals))
    assert done.exit_code == 1 and "entry 6 is expected and missing: the trail ends at entry 5" in done.stdout


def test_an_empty_trail_is_said_to_be_empty(bot: Bot) -> None:
    done = bot("verify")
    assert done.exit_code == 0 and done.stdout == "There is nothing to check: no entry from this number on.\n"
    assert isinstance(bot("seal").exception, AuditProblem)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--expect", "12"),
        ("verify", "--seals", "/nowhere/seals.txt"),
        ("verify", "--from", "9"),
        ("show", "--subject", "case"),
        ("show", "--subject", "case:BBB-BBB"),
        ("show", "--since", "yesterday"),
    ],
)
def test_a_question_that_cannot_be_understood_is_one_line_and_exit_code_2(
    trail: Database,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["bot", "audit", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_shown_can_be_narrowed_and_the_look_is_recorded(trail: Database, bot: Bot) -> None:
    write(trail, 4)
    lines = bot("show", "--subject", "case:case-1", "--actor", "KIM@clinic.example").stdout.splitlines()
    assert lines == [
        '2  2026-11-24 09:30:00  kim@clinic.example  case_viewed  case:case-1  {"messages": 1}',
        '4  2026-11-26 09:30:00  kim@clinic.example  case_viewed  case:case-1  {"messages": 3}',
    ]
    (entry,) = rows(trail, "SELECT * FROM audit_entries WHERE action = 'audit_viewed'")
    assert entry.actor.startswith("command line (")
    assert entry.details == {"filters": ["actor", "subject", "subject_kind"]}
    assert bot("show", "--since", "2026-11-25", "--until", "2026-11-26T09:00").stdout.startswith("3  ")
    assert bot("show", "--limit", "2").stdout.endswith("These are the newest 2; --limit shows more.\n")


def test_what_is_exported_can_be_proved_again_without_the_database(trail: Database, bot: Bot) -> None:
    """By whoever gets the file: SHA-256 of the JSON of all values but the seal, in their order."""
    write(trail, 4)
    found = [json.loads(line) for line in bot("export").stdout.splitlines()]
    assert [item["number"] for item in found] == [1, 2, 3, 4, 5]
    assert found[4]["action"] == "audit_exported"
    previous = bytes(32).hex()
    for item in found:
        entry = Entry(item["actor"], item["action"], item["subject_kind"], item["subject"], item["details"])
        at = datetime.fromisoformat(item["at"])
        assert item["previous"] == previous
        previous = item["seal"]
        assert seal(item["number"], entry, at, bytes.fromhex(item["previous"])).hex() == previous


def test_a_look_that_cannot_be_recorded_shows_nothing(
    trail: Database, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(trail, 2)
    monkeypatch.setattr("bot.audit.repository._LONGEST_WAIT", "200ms")
    with trail.transaction() as session:
        record(session, Entry("x", "case_viewed", "case", "y"), NOW)
        assert bot("show").stdout == "" == bot("export").stdout
