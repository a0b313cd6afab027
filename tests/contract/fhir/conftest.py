"""The front door with FHIR switched on, a strict stand-in of the record system, and the outbox's courier with a clock
that can be put forward."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.channels.fhir.sender import FhirSender
from bot.channels.fhir.setup import fhir_setup
from bot.conversations.service import utc_now
from bot.database import Database
from bot.jobs.deliveries import Courier
from bot.settings import Settings
from tests.support.fhir_server import CLIENT_ID, CLIENT_SECRET, SCOPE, FhirServer
from tests.support.patient import Patient
from tests.support.reader import DATA
from tests.support.servers import RasaStandIn, free_port
from tests.support.world import rows

DESK = "https://assistant.clinic.example"


@pytest.fixture(scope="module")
def records() -> Iterator[FhirServer]:
    with FhirServer().up() as server:
        yield server


@pytest.fixture(scope="module")
def settings(database_url: str, records: FhirServer) -> Settings:
    return Settings(
        database_url=database_url,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_token=RasaStandIn.token,
        secret_key="a-secret-key-for-tests-0123456789abcdef",
        turn_timeout_seconds=2.0,
        data_dir=Path(DATA),
        public_url=DESK,
        fhir_base_url=records.base_url,
        fhir_token_url=records.token_url,
        fhir_client_id=CLIENT_ID,
        fhir_client_secret=CLIENT_SECRET,
        fhir_scope=SCOPE,
    )


@pytest.fixture(autouse=True)
def _no_fault_in_what_we_send(records: FhirServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("bot.channels.fhir.client.ANSWER_SECONDS", 1.0)
    records.calm()
    yield
    assert records.faults == []


class Outbox:
    """A case's stream of deliveries, sent by hand."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.shift = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.shift

    def send(self, case_id: UUID, *, times: int = 1, wait: timedelta = timedelta()) -> None:
        """As a job does it, each time with a new sender, `wait` later."""

        async def run() -> None:
            setup = fhir_setup(self.settings)
            assert setup is not None
            sender = FhirSender(setup, Database(self.settings.database_url))
            courier = Courier(self.database, {"fhir": sender}, clock=self.now)
            try:
                await courier.send_stream(f"case_alert:fhir:{case_id}")
            finally:
                await courier.close()

        for _ in range(times):
            self.shift += wait
            asyncio.run(run())

    def deliveries(self, case_id: UUID) -> list[Any]:
        return rows(
            self.database,
            "SELECT * FROM deliveries WHERE case_id = :c AND channel = 'fhir' ORDER BY id",
            c=case_id,
        )

    def statuses(self, case_id: UUID) -> list[str]:
        return [delivery.status for delivery in self.deliveries(case_id)]


@pytest.fixture
def outbox(database: Database, settings: Settings) -> Outbox:
    return Outbox(database, settings)


def case_of(patient: Patient, database: Database, text: str = "hello, I think I am pregnant now") -> Any:
    message_id = patient.say(text)
    return rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)[0]


@pytest.fixture
def case(patient: Patient, database: Database) -> Any:
    return case_of(patient, database)
