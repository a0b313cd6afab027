"""Alembic's entry: uses the connection that `bot.database.migrate` hands over, or DATABASE_URL on the command line."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy.engine import Connection

import bot.accounts.models
import bot.audit.models
import bot.cases.models
import bot.conversations.models
import bot.outbox.models  # noqa: F401  (all register their tables)
from bot.database import Database, metadata


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(os.environ.get("DATABASE_URL", "")).transaction() as session:
        run(session.connection())
