"""The front door over real HTTP, with a stand-in for Rasa and a real worker where a test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.content.facts import FactBook
from bot.gateway.app import create_app
from bot.gateway.words import FrontDoorWords
from bot.safety.categories import TIERS, Category
from bot.settings import REGIONS, Settings
from tests.support.patient import Patient
from tests.support.reader import DATA, KeywordReader, rule_book
from tests.support.servers import RasaStandIn, free_port, front_door, worker
from tests.support.world import DISCLAIMER, PlainWords

WORDS = FrontDoorWords(
    disclaimers=dict.fromkeys(REGIONS, DISCLAIMER),
    emergencies=dict.fromkeys(REGIONS, "In an emergency call 911."),
    help_texts={
        (category.value, tier, region): PlainWords().urgent_help(category.value, tier, region)
        for category in Category
        for tier in TIERS
        for region in REGIONS
    },
    fallback="US",
)


@pytest.fixture(scope="module")
def settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_token=RasaStandIn.token,
        secret_key="a-secret-key-for-tests-0123456789abcdef",
        allowed_origins=("https://clinic.example",),
        turn_timeout_seconds=2.0,
        data_dir=Path(DATA),
    )


@pytest.fixture(scope="module")
def facts() -> FactBook:
    return FactBook.load(DATA / "facts.yml")


@pytest.fixture(scope="module")
def door(settings: Settings, facts: FactBook) -> Iterator[str]:
    """The front door's address."""
    with front_door(create_app(settings, KeywordReader(), rule_book(), facts, WORDS)) as address:
        yield address


@pytest.fixture
def patient(door: str) -> Iterator[Patient]:
    found = Patient(door)
    yield found
    found.http.close()


@pytest.fixture(scope="module")
def rasa(settings: Settings) -> Iterator[RasaStandIn]:
    stand_in = RasaStandIn()
    with stand_in.up(int(settings.rasa_url.rsplit(":", 1)[1])):
        yield stand_in


@pytest.fixture(scope="module")
def job_worker(settings: Settings) -> Iterator[None]:
    with worker(settings):
        yield
