"""Clinicians' accounts on a real database, and the demo clinician."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.runtime.demo import EMAIL, demo_clinician
from bot.runtime.users import Account, AccountError, accounts, add_account, disable_account

PASSWORD = "a long enough password"


def test_an_account_is_listed_and_its_password_is_not_kept(database_url: str, database: Database) -> None:
    add_account(database_url, " Ana@Clinic.example ", "Dr Ana Silva", "lead", PASSWORD)
    assert Account("ana@clinic.example", "Dr Ana Silva", "lead", False) in accounts(database_url)
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
    assert Account("gone@clinic.example", "G", "clinician", True) in accounts(database_url)
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
