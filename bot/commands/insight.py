"""`python -m bot insight export-labels`: labels of the weekly sample as training data."""

from __future__ import annotations

from typing import Final

from bot.audit import Entry, record
from bot.conversations.service import utc_now
from bot.database import Database
from bot.insight import samples
from bot.insight.labels import training_data
from bot.runtime.database_address import migrated_database
from bot.settings import Settings

ACTOR: Final = "command line"


def export_labels(settings: Settings) -> str:
    """The YAML text; that it was taken stands in the audit trail. Raises DatabaseUnavailable."""
    with migrated_database(settings) as url:
        database = Database(url)
        try:
            with database.transaction() as session:
                found = samples.reviewed(session)
                entry = Entry(ACTOR, "labels_exported", "samples", "all", {"samples": len(found)})
                record(session, entry, utc_now())
        finally:
            database.dispose()
    return training_data(found).rstrip("\n")
