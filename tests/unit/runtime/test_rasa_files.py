"""Rasa's files under deploy/, read by Rasa itself with the environment that the supervisor gives it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from bot.database import Database
from bot.runtime.services import ROOT, placed, services
from bot.settings import Settings

# What `rasa run` does with the two files, then one event through the tracker store.
AS_RASA_READS = """
import asyncio
import rasa.shared.utils.io
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

endpoints = AvailableEndpoints.read_endpoints("deploy/endpoints.yml")
credentials = rasa.shared.utils.io.read_config_file("deploy/credentials.yml")
domain = Domain.empty()
store = TrackerStore.create(endpoints.tracker_store, domain)
asyncio.run(store.save(DialogueStateTracker.from_events("c1", [UserUttered("hello")], domain.slots)))
print(endpoints.action.url, endpoints.nlg.type, type(store).__name__, store.engine.pool.size(), sep="|")
print(*credentials, *credentials.values(), sep="|")
"""


def test_rasa_finds_the_tracker_schema_the_actions_and_the_one_channel(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    settings = placed(Settings(rasa_token="t" * 40, var_dir=tmp_path), database_url)
    (rasa,) = (one for one in services(settings, tmp_path / "model.tar.gz") if one.name == "Rasa")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_RASA_READS],
        cwd=ROOT,
        env=dict(rasa.env),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()[-2:]
    assert first == f"{settings.actions_url}/webhook|bot.dialogue.nlg.GroundedNLG|SQLTrackerStore|5"
    assert second == f"bot.dialogue.channel.FrontDoorInput|{{'token': '{'t' * 40}'}}"
    with database.transaction() as session:
        saved = session.execute(sa.text("SELECT sender_id FROM rasa.events")).scalars().all()
    assert saved == ["c1"]


def test_rasa_listens_on_loopback_only_without_telemetry_and_without_its_api(tmp_path: Path) -> None:
    settings = placed(Settings(host="0.0.0.0", var_dir=tmp_path), "postgresql://h/db")
    (rasa,) = (one for one in services(settings, tmp_path / "model.tar.gz") if one.name == "Rasa")
    command = " ".join(rasa.command)
    assert f"--interface 127.0.0.1 --port {settings.rasa_port}" in command
    assert "--enable-api" not in command and "--cors" not in command
    assert rasa.env["RASA_TELEMETRY_ENABLED"] == "false"


def test_every_process_is_told_the_same_settings(tmp_path: Path) -> None:
    settings = placed(Settings(secret_key="k" * 40, var_dir=tmp_path, region="IE"), "postgresql://h/db")
    for service in services(settings, tmp_path / "model.tar.gz"):
        told = {name: service.env[name] for name in settings.to_env()}
        assert told == settings.to_env() and told["DATABASE_URL"] == "postgresql://h/db"
        assert Path(told["VAR_DIR"]).is_absolute() and service.log.parent == tmp_path.resolve() / "log"
    assert os.environ.get("DATABASE_URL") != "postgresql://h/db"
