"""The worker is killed after the record system has stored a case and before that is written down."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.responses import Response

from bot.settings import Settings
from tests.contract.fhir.conftest import Outbox, case_of
from tests.support.fhir_server import FhirServer, willing
from tests.support.patient import Patient
from tests.support.servers import worker_process
from tests.support.telegram_chat import until


@pytest.mark.usefixtures("rasa")
def test_it_is_one_resource_all_the_same(
    settings: Settings, patient: Patient, records: FhirServer, outbox: Outbox
) -> None:
    stored, killed = threading.Event(), threading.Event()

    async def never_answers(method: str, path: str) -> Response | None:
        if method == "POST":
            stored.set()
            while not killed.is_set():
                await asyncio.sleep(0.05)
        return None

    records.after = never_answers
    case = case_of(patient, outbox.database)
    with worker_process(settings) as process:
        assert stored.wait(120), "the record system never got the case"
        process.kill()
        killed.set()
    assert outbox.statuses(case.id) == ["sending"]
    records.after = willing
    with worker_process(settings):
        until(lambda: outbox.statuses(case.id) == ["sent"], "the case is sent", 150)
    assert outbox.deliveries(case.id)[0].attempts >= 2
    assert len(records.history("Task", case.id)) == len(records.history("CommunicationRequest", case.id)) == 1
