"""Once a day the trail's last seal is written into the worker's log."""

from __future__ import annotations

import logging
from datetime import datetime, timezone

import pytest

from bot.audit import Entry, record
from bot.audit.daily import log_seal
from bot.audit.proof import last_seal
from bot.conversations.hand_over import Terms
from bot.database import Database
from bot.escalation.patient_truth import PatientTruth
from bot.escalation.patient_words import PatientWords
from bot.escalation.runner import Runner
from bot.jobs.chores import chores
from bot.settings import Settings


def test_the_seal_is_logged_once_there_is_one(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert log_seal(database) == 0
        assert caplog.text == ""
        with database.transaction() as session:
            record(
                session,
                Entry("lee@clinic.example", "signed_in", "account", "lee@clinic.example"),
                datetime.now(timezone.utc),
            )
            found = last_seal(session)
        assert found is not None
        assert log_seal(database) == 0
    assert f"audit trail, last entry and its seal: {found[0]}" in caplog.text
    assert "lee@" not in caplog.text


def test_it_is_a_chore_of_the_worker(database: Database) -> None:
    settings = Settings()
    runner = Runner(database, None, PatientTruth(PatientWords.load(settings)))
    regular = chores(database, Terms.load(settings), runner)
    assert [chore.every_seconds for chore in regular if chore.name == "the audit trail's seal"] == [86_400.0]
