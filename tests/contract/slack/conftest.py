"""The front door with Slack switched on, a strict stand-in of Slack's Web API, and a real job worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from bot.accounts.users import create_user
from bot.database import Database
from bot.settings import Settings
from tests.support.reader import DATA
from tests.support.servers import RasaStandIn, free_port, worker
from tests.support.slack_requests import SIGNING_SECRET, SlackServers
from tests.support.slack_web_api import BOT_TOKEN, SlackStandIn
from tests.support.world import rows

ALERTS = "C0ALERTS1"
NURSE = "U0NURSE01"
_people = count(1)
Found = TypeVar("Found")


@pytest.fixture(scope="module")
def web_api() -> Iterator[SlackStandIn]:
    stand_in = SlackStandIn()
    with stand_in.up():
        yield stand_in


@pytest.fixture(scope="module")
def settings(database_url: str, web_api: SlackStandIn) -> Settings:
    return Settings(
        database_url=database_url,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_token=RasaStandIn.token,
        secret_key="a-secret-key-for-tests-0123456789abcdef",
        turn_timeout_seconds=2.0,
        data_dir=Path(DATA),
        public_url="https://assistant.clinic.example",
        slack_bot_token=BOT_TOKEN,
        slack_signing_secret=SIGNING_SECRET,
        slack_api_url=web_api.address,
        slack_alert_channel=ALERTS,
        slack_clinicians=(f"{NURSE}=nurse@clinic.example", "U0LEFT0001=left@clinic.example"),
    )


@pytest.fixture(scope="module", autouse=True)
def clinicians(database: Database) -> None:
    with database.transaction() as session:
        create_user(session, "nurse@clinic.example", "Nora Nurse", "clinician", "a long password 1")
        create_user(session, "left@clinic.example", "Lee Left", "clinician", "a long password 2")
    rows_changed = "UPDATE desk_users SET disabled = true WHERE email = 'left@clinic.example' RETURNING id"
    assert rows(database, rows_changed)


@pytest.fixture
def slack(door: str) -> Iterator[SlackServers]:
    servers = SlackServers(door)
    yield servers
    servers.http.close()


@pytest.fixture(autouse=True)
def _no_fault_in_what_we_send(web_api: SlackStandIn) -> Iterator[None]:
    web_api.clear()
    yield
    assert web_api.faults == []
    web_api.script, web_api.slow = None, 0.0


@pytest.fixture(scope="module")
def worker_with_rasa(settings: Settings, rasa: RasaStandIn) -> Iterator[None]:
    with worker(settings):
        yield


@pytest.fixture
def person() -> str:
    """A Slack user id that nobody else in the run has."""
    return f"U0P{next(_people):06d}"


def until(look: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What `look` gives as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture(name="until")
def _until() -> Callable[..., object]:
    return until
