"""Chromium: at the live stack, and at the real front door with a light turn behind it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from starlette.responses import Response

from bot.cases import repository as case_repository
from bot.cases import service as case_service
from bot.cases.domain import Case
from bot.content.answers import AnswerBook
from bot.conversations import repository
from bot.conversations.service import utc_now
from bot.database import Database
from bot.runtime.services import ROOT
from bot.settings import Settings
from tests.conftest import new_database
from tests.support.clinic_site import ClinicSite
from tests.support.light_door import LightDoor
from tests.support.live import stack
from tests.support.reader import DATA
from tests.support.servers import RasaStandIn, free_port, worker
from tests.support.world import rows

__all__ = ["stack"]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for longer than a module: while playwright runs, no other test can have an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
        yield browser
        browser.close()


def _executable() -> str:
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    found = subprocess.run([ROOT / "scripts" / "find-chromium"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@dataclass
class Visitor:
    """A browser window of its own, and what went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    server_may_fail: bool = False


@dataclass(frozen=True)
class Visitors:
    """Opens windows; none of them may show an error by the end of the test."""

    browser: Browser
    opened: list[Visitor] = field(default_factory=list)

    def open(
        self, viewport: ViewportSize = DESKTOP, *, server_may_fail: bool = False, **options: Any
    ) -> Page:
        """A window in a profile of its own. `options` are those of a browser context."""
        return self.tab(self.browser.new_context(viewport=viewport, **options), server_may_fail)

    def tab(self, context: BrowserContext, server_may_fail: bool = False) -> Page:
        """One more tab in a profile. A request that fails is an error unless the test makes the server fail."""
        page = context.new_page()
        page.set_default_timeout(20_000)
        visitor = Visitor(page, server_may_fail=server_may_fail)
        page.on(
            "console",
            lambda message: visitor.errors.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        self.opened.append(visitor)
        return page


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    found = Visitors(chromium)
    yield found
    errors = [
        error
        for visitor in found.opened
        for error in visitor.errors
        if not (visitor.server_may_fail and "Failed to load resource" in error)
    ]
    for context in {visitor.page.context for visitor in found.opened}:
        context.close()
    assert errors == []


@dataclass(frozen=True)
class Light:
    """The real front door, database and job worker; in place of Rasa a stand-in with a few real answers."""

    door: LightDoor
    site: ClinicSite
    rasa: RasaStandIn
    database: Database

    @property
    def conversations(self) -> list[UUID]:
        """The newest first."""
        found = rows(self.database, "SELECT id FROM conversations ORDER BY created_at DESC")
        return [row.id for row in found]

    def as_clinician(self, text: str, role: str = "Dermatology nurse") -> None:
        """A clinician writes into the newest conversation."""
        with self.database.transaction() as session:
            repository.add_clinician_message(session, self.conversations[0], text, role, utc_now())

    def case(self, reference: str) -> Case:
        with self.database.transaction() as session:
            (case,) = [
                found
                for found in case_repository.unresolved_of(session, self.conversations[0])
                if found.reference == reference
            ]
        return case

    def acknowledge(self, case: Case) -> None:
        with self.database.transaction() as session:
            case_service.acknowledge(session, case.id, "ana@clinic.example", utc_now())
        self.as_clinician("I have your message.")

    def resolve(self, case: Case) -> None:
        with self.database.transaction() as session:
            case_service.resolve(session, case.id, "ana@clinic.example", "called back", utc_now())
        self.as_clinician("We have talked, thank you.")

    def messages(self) -> list[tuple[str, str]]:
        """(author, text) of the newest conversation's messages, in order."""
        found = rows(
            self.database,
            "SELECT author, text FROM messages WHERE conversation_id = :id ORDER BY seq",
            id=self.conversations[0],
        )
        return [(row.author, row.text) for row in found]


@pytest.fixture(scope="session")
def light(postgres_url: str) -> Iterator[Light]:
    with new_database(postgres_url) as url:
        database = Database(url)
        yield from _light(database, url)
        database.dispose()


def _light(database: Database, url: str) -> Iterator[Light]:
    site_port = free_port()
    settings = Settings(
        database_url=url,
        port=free_port(),
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_token=RasaStandIn.token,
        secret_key="a-secret-key-for-tests-0123456789abcdef",
        region="IE",
        clinic_name="Northside Dermatology",
        clinic_phone="(202) 555-0123",
        allowed_origins=(f"http://localhost:{site_port}",),
        turn_timeout_seconds=5.0,
        demo=True,
        data_dir=Path(DATA),
    )
    door = LightDoor(settings)
    site, rasa = ClinicSite(site_port, door.address), RasaStandIn()
    rasa.behave = LightAnswers(AnswerBook.load(DATA / "responses")).answer
    with rasa.up(int(settings.rasa_url.rsplit(":", 1)[1])), worker(settings), site.up():
        try:
            door.start()
            yield Light(door, site, rasa, database)
        finally:
            door.stop()


@dataclass(frozen=True)
class LightAnswers:
    """What the dialogue says to the messages of these tests."""

    book: AnswerBook

    async def answer(self, body: dict[str, Any]) -> Response:
        text = str(body["text"]).lower()
        if "pregnant" in text or "hopeless" in text:
            return RasaStandIn.says(
                {
                    "text": "How can your clinic reach you? A phone number or a mail address is fine.",
                    "buttons": [{"title": "Skip", "payload": "/deny"}],
                    "custom": {"asks": "contact"},
                }
            )
        if "alcohol" in text or "wine" in text:
            answer = self.book["alcohol"]
            buttons = [
                {"title": title, "payload": f'/ask_topic{{"topic": "{topic}"}}'}
                for title, topic in (("Liver", "liver"), ("Missed dose", "missed_dose"))
            ]
            return RasaStandIn.says({"text": answer.text, "buttons": buttons})
        return RasaStandIn.says({"text": f"You said: {body['text']}"})
