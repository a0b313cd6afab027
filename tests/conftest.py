"""What all tests share: one embedded PostgreSQL for the run, and a fresh migrated database for each module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from bot.database import Database, embedded_postgres, libpq_url, migrate

TEMPLATE = "migrated_template"


def on_database(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = libpq_url(url).partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server whose database `migrated_template` holds the schema; the address of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with embedded_postgres(folder) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE} ENCODING 'UTF8' TEMPLATE template0")
            migrate(on_database(url, TEMPLATE))
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    """A database of this test module's own, migrated and empty."""
    with new_database(postgres_url) as url:
        yield url


@contextmanager
def new_database(postgres_url: str) -> Iterator[str]:
    """The address of a migrated and empty database that is gone afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield on_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    yield found
    found.dispose()
