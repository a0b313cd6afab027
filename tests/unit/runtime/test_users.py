"""Clinicians' accounts on a real database, and the demo clinician."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.accounts.errors import AccountError
from bot.database import Database
from bot.runtime.demo import EMAIL, demo_clinician
from bot.runtime.users import (
    accounts,
    add_account,
    change_password,
    change_role,
    disable_account,
    enable_account,
    line_of,
    reset_second_factor,
)
from tests.support.world import rows

PASSWORD = "a long enough password"


def listed(database_url: str) -> list[str]:
    return [line_of(account) for account in accounts(database_url)]


def test_an_account_is_listed_and_its_password_is_not_kept(database_url: str, database: Database) -> None:
    add_account(database_url, " Ana@Clinic.example ", "Dr Ana Silva", "lead", PASSWORD)
    assert "ana@clinic.example  Dr Ana Silva  lead" in listed(database_url)
    with database.transaction() as session:
        stored = session.execute(sa.text("SELECT password_hash FROM desk_users")).scalars().all()
    assert stored and all(one.startswith("$argon2id$") and PASSWORD not in one for one in stored)


def test_the_same_address_twice_is_refused(database_url: str) -> None:
    add_account(database_url, "twice@clinic.example", "A", "clinician", PASSWORD)
    with pytest.raises(AccountError, match=r"^twice@clinic\.example has an account already"):
        add_account(database_url, "TWICE@clinic.example", "B", "clinician", PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("ana", PASSWORD, "is not a mail address"),
        ("@clinic.example", PASSWORD, "is not a mail address"),
        ("a b@clinic.example", PASSWORD, "is not a mail address"),
        ("b@clinic.example", "short", "use at least 12 characters"),
    ],
)
def test_a_useless_address_or_password_is_refused(
    database_url: str, email: str, password: str, words: str
) -> None:
    with pytest.raises(AccountError, match=words):
        add_account(database_url, email, "A", "clinician", password)


def test_an_empty_name_is_refused(database_url: str) -> None:
    with pytest.raises(AccountError, match=r"^The name is empty"):
        add_account(database_url, "c@clinic.example", " ", "clinician", PASSWORD)


def test_disabling_ends_the_sessions_too(database_url: str, database: Database) -> None:
    add_account(database_url, "gone@clinic.example", "G", "clinician", PASSWORD)
    with database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO desk_sessions (token_hash, user_id, expires_at) "
                "SELECT decode(repeat('ab', 32), 'hex'), id, now() + interval '1 hour' "
                "FROM desk_users WHERE email = 'gone@clinic.example'"
            )
        )
    disable_account(database_url, "gone@clinic.example")
    assert "gone@clinic.example  G  disabled" in listed(database_url)
    with database.transaction() as session:
        assert session.execute(sa.text("SELECT count(*) FROM desk_sessions")).scalar_one() == 0


def test_disabling_somebody_unknown_says_so(database_url: str) -> None:
    with pytest.raises(AccountError, match=r"^nobody@clinic\.example has no account"):
        disable_account(database_url, "nobody@clinic.example")


def test_the_demo_clinician_keeps_one_password_for_ones_own_eyes(database_url: str, tmp_path: Path) -> None:
    first = demo_clinician(database_url, tmp_path)
    assert first.email == EMAIL and len(first.password) >= 12
    assert demo_clinician(database_url, tmp_path) == first
    assert (tmp_path / "demo-clinician.txt").stat().st_mode & 0o777 == 0o600
    assert [one.email for one in accounts(database_url)].count(EMAIL) == 1


def test_every_change_at_the_command_line_is_an_entry_of_the_audit_trail(
    database_url: str, database: Database
) -> None:
    email = "trail@clinic.example"
    add_account(database_url, email, "T", "administrator", PASSWORD)
    change_role(database_url, email, "content_owner")
    change_password(database_url, email, "another long password")
    reset_second_factor(database_url, email)
    disable_account(database_url, email)
    enable_account(database_url, email)
    found = rows(database, "SELECT * FROM audit_entries WHERE subject = :email ORDER BY number", email=email)
    assert [entry.action for entry in found] == [
        "account_added",
        "account_role_changed",
        "account_password_changed",
        "second_factor_reset",
        "account_disabled",
        "account_enabled",
    ]
    assert {entry.actor for entry in found} == {"command line"}
    assert PASSWORD not in str(found) and "another long" not in str(found)


def test_a_change_that_is_refused_leaves_no_entry(database_url: str, database: Database) -> None:
    add_account(database_url, "same@clinic.example", "S", "clinician", PASSWORD)
    for refused in (
        lambda: change_role(database_url, "same@clinic.example", "king"),
        lambda: change_password(database_url, "same@clinic.example", "short"),
        lambda: enable_account(database_url, "nobody@clinic.example"),
    ):
        with pytest.raises(AccountError):
            refused()
    found = rows(
        database, "SELECT action FROM audit_entries WHERE subject LIKE '%same@%' OR subject LIKE '%nobody@%'"
    )
    assert [entry.action for entry in found] == ["account_added"]


def test_the_operator_is_told_when_no_administrator_is_left(database_url: str) -> None:
    for n in (1, 2):
        add_account(database_url, f"admin{n}@clinic.example", "A", "administrator", PASSWORD)
    assert disable_account(database_url, "admin1@clinic.example") == ""
    assert change_role(database_url, "admin2@clinic.example", "lead").startswith("No administrator is left")
