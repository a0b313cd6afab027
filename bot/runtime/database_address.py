"""The database that a command works on: the operator's, or the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.database import embedded_postgres, migrate
from bot.settings import Settings


@contextmanager
def migrated_database(settings: Settings) -> Iterator[str]:
    """The address of the database, brought to this version: DATABASE_URL, or an embedded server for the block.

    Raises:
        DatabaseUnavailable: it does not answer or does not start.
    """
    if settings.database_url:
        migrate(settings.database_url)
        yield settings.database_url
        return
    with embedded_postgres(settings.var_dir) as url:
        migrate(url)
        yield url
