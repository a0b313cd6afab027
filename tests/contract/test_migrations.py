"""Migrating: once, again, and at the same time; and the tables as code knows them are the tables that are there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import bot.accounts.models
import bot.audit.models
import bot.cases.models
import bot.conversations.models
import bot.outbox.models  # noqa: F401  (all register their tables)
from bot.database import Database, DatabaseUnavailable, metadata, migrate
from tests.conftest import on_database


def test_four_processes_may_migrate_an_empty_database_at_once(postgres_url: str) -> None:
    name = f"fresh_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = on_database(postgres_url, name)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [url] * 4))
    with psycopg.connect(url) as connection:
        for table in ("messages", "procrastinate_jobs", "alembic_version"):
            assert connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone() == (True,)
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'rasa'").fetchone() == (1,)


def test_the_tables_in_code_are_the_tables_in_the_database(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda item, name, kind, reflected, other: (
                    kind in ("table", "column") and not str(name).startswith("procrastinate")
                ),
            },
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not a database address"),
        ("sqlite:///x.db", "only PostgreSQL"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:***@127.0.0.1:1/x"),
    ],
)
def test_an_unusable_address_names_the_setting_and_hides_the_password(url: str, words: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        Database(url, connect_timeout=1).check()
    assert words in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
