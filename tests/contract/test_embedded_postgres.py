"""The embedded PostgreSQL: keeps patients' words out of its log and comes back after being killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.database import Database, embedded_postgres
from tests.support.world import new_conversation, rows, service_over


def test_a_failing_statement_leaves_no_patients_words_in_the_servers_log(database: Database) -> None:
    conversation = new_conversation(service_over(database))
    insert = "INSERT INTO messages (id, conversation_id, author, kind, text) VALUES (:id, :id, 'patient', 'odd', :text)"
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(sa.text(insert), {"id": conversation.id, "text": "zebra words"})
    folder = rows(database, "SELECT current_setting('data_directory') AS folder")[0].folder
    log = (Path(folder) / "log").read_text()
    assert "violates" in log
    assert "zebra" not in log


def test_what_was_committed_is_there_after_a_kill() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with embedded_postgres(folder) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            pid = int((folder / "pgdata" / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)
        # A handle of a process that is long gone must not keep the next server from stopping.
        (folder / "pgdata" / ".handle_pids.json").write_text("[999999999]")
        with embedded_postgres(folder) as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert not (folder / "pgdata" / "postmaster.pid").exists()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
