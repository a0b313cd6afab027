"""Two clinicians and a lead at the care desk, each in a browser of their own, and patients with cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa

from bot.database import Database
from tests.support.desk import desk_user, signed_in
from tests.support.patient import Patient
from tests.support.world import rows

ANA, BEN, KIM = "ana@clinic.example", "ben@clinic.example", "kim@clinic.example"


@dataclass(frozen=True)
class Desk:
    """Somebody at the desk."""

    http: httpx.Client
    email: str

    def case(self, case: sa.engine.Row) -> httpx.Response:
        return self.http.get(f"/desk/cases/{case.id}")

    def step(
        self, case: sa.engine.Row, step: str, page: httpx.Response | None = None, **fields: str
    ) -> httpx.Response:
        """Press a button on the case's page; on `page` if that was loaded before."""
        hidden = dict(
            re.findall(
                r'<input type="hidden" name="(csrf|seen)" value="([^"]*)"', (page or self.case(case)).text
            )
        )
        return self.http.post(f"/desk/cases/{case.id}/{step}", data={**hidden, **fields})


def at_the_desk(door: str, database: Database, email: str, name: str, role: str) -> Iterator[Desk]:
    desk_user(database, email, role, name)
    with signed_in(door, database, email, role) as http:
        yield Desk(http, email)


@pytest.fixture
def ana(door: str, database: Database) -> Iterator[Desk]:
    yield from at_the_desk(door, database, ANA, "Dr Ana Silva", "clinician")


@pytest.fixture
def ben(door: str, database: Database) -> Iterator[Desk]:
    yield from at_the_desk(door, database, BEN, "Ben Okafor", "clinician")


@pytest.fixture
def kim(door: str, database: Database) -> Iterator[Desk]:
    yield from at_the_desk(door, database, KIM, "Dr Kim", "lead")


@pytest.fixture
def raised(patient: Patient, database: Database) -> Callable[[str], sa.engine.Row]:
    """The case that a patient's message opens."""

    def raise_case(text: str = "hello, I think I am pregnant now") -> sa.engine.Row:
        message_id = patient.say(text)
        return rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)[0]

    return raise_case
