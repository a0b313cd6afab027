"""The database of this process, opened on first use."""

from __future__ import annotations

from functools import lru_cache

from bot.database import Database
from bot.settings import Settings


@lru_cache(maxsize=1)
def database() -> Database:
    """Raises SettingError when DATABASE_URL is unset, DatabaseUnavailable when its form is wrong."""
    settings = Settings.from_env()
    settings.require("database_url")
    return Database(settings.database_url, pool_size=2)
