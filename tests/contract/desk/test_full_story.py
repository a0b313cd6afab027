"""The whole way in one test: a worry in the widget, a page, a clinician who writes, an answer, the end.

Everything is real but Rasa's answer: front door and job worker over HTTP, the page at an HTTP service of the clinic's,
the link in it, the sign-in with password, the forms of the desk.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.contract.desk.conftest import Desk
from tests.support.desk import PASSWORD, csrf, desk_user
from tests.support.patient import Patient
from tests.support.reader import KeywordReader, rule_book
from tests.support.receivers import PageService
from tests.support.servers import RasaStandIn, free_port, front_door, worker
from tests.support.world import rows

EMAIL = "lee@clinic.example"
WORRY = "hello, I think I am pregnant now"
POLICY = """\
time_zone: Europe/London
people:
  lee:
    name: Dr Lee
    email: lee@clinic.example
    addresses:
      - {{url: "json://127.0.0.1:{port}/lee", kind: push}}
duties:
  on-call: {{who: lee}}
ladders:
  tier 1:
    steps:
      - {{after: 0 min, page: on-call}}
    then_every: 15 min
  tier 2:
    steps:
      - {{after: 0 min, page: on-call}}
  tier 3:
    steps:
      - {{after: 1 h, page: on-call}}
"""
Found = TypeVar("Found")


@pytest.fixture(scope="module")
def pager() -> Iterator[PageService]:
    with PageService().up() as service:
        yield service


@pytest.fixture(scope="module")
def settings(settings: Settings, pager: PageService, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    policy: Path = tmp_path_factory.mktemp("clinic") / "policy.yml"
    policy.write_text(POLICY.format(port=pager.port), encoding="utf-8")
    return replace(settings, port=free_port(), policy_file=str(policy), desk_second_factor="optional")


@pytest.fixture(scope="module")
def clinic(settings: Settings, facts: FactBook, rasa: RasaStandIn) -> Iterator[str]:
    """Front door and job worker; the front door's address."""
    app = create_app(settings, KeywordReader(), rule_book(), facts, WORDS)
    with front_door(app, settings.port) as address, worker(settings):
        yield address


def until(look: Callable[[], Found], what: str, seconds: float = 60.0) -> Found:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)
    return found


def test_from_the_worry_to_the_end(
    clinic: str, pager: PageService, database: Database, rasa: RasaStandIn
) -> None:
    desk_user(database, EMAIL, name="Dr Lee")

    # The patient writes. What to do now is there at once, and then the assistant's answer.
    patient = Patient(clinic)
    message_id = patient.say(WORRY)
    said = [item["text"] for item in patient.wait_for(4)]
    assert said[2:] == ["urgent help: concern_pregnancy, tier 1, US", f"You said: {WORRY} [1]."]
    (case,) = rows(database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)

    # The clinician is paged: reference and urgency, none of the patient's words.
    page = until(lambda: pager.at("/lee"), "the page")[0]
    assert case.reference in page.title + page.body
    assert "pregnant" not in page.title + page.body
    (link,) = re.findall(r"http://\S+", page.body)

    # The link leads to the sign-in, and from there to the case.
    with httpx.Client(trust_env=False, follow_redirects=True) as http:
        asked = http.get(link)
        assert asked.url.path == "/desk/sign-in" and case.reference not in asked.text
        form = {"csrf": csrf(asked), "email": EMAIL, "password": PASSWORD}
        shown = http.post(f"{clinic}/desk/sign-in", data=form)
        assert shown.url.path == f"/desk/cases/{case.id}" and "I think I am pregnant" in shown.text

        http.base_url = httpx.URL(clinic)
        desk = Desk(http, EMAIL)
        assert "You have acknowledged this case." in desk.step(case, "acknowledge").text
        until(lambda: "Acknowledged" in desk.case(case).text, "acknowledged")

        # The clinician writes: the patient reads who it is, and the words.
        with patient.listening(last_event_id=4) as events:
            sent = desk.step(case, "reply", reply="Please stop the capsules and do a test today.")
            came = (event["data"] for event in events if event.get("event") == "message")
            assert (sent.status_code, sent.url.path) == (200, f"/desk/cases/{case.id}"), sent.text
            joined, words = _next(came, "has joined this chat"), _next(came, "Please stop")
        assert joined["text"].startswith("Dr Lee from your dermatology clinic has joined this chat")
        assert (words["author"], words["role"]) == ("clinician", "Dr Lee")

        # The patient answers: kept for the clinician, and the assistant does not talk over it.
        turns = len(rasa.turns)
        patient.say("I did the test and it is negative, can i drink wine")
        saved = until(lambda: _saying(patient, "Your message is saved"), "the notice")
        assert "Dr Lee can read it here" in saved
        answered = desk.case(case).text
        assert "it is negative" in answered and "Patient wrote" in answered

        # The case is closed, and the patient reads what is true now.
        resolved = desk.step(case, "resolve", resolution="contacted", comment="Test negative, told to go on")
        assert "You have resolved this case." in resolved.text
    left = until(lambda: _saying(patient, "Dr Lee has left this chat"), "the way back")
    assert left.endswith("If you want to hear from a person again, tell me so.")
    assert len(rasa.turns) == turns
    with patient.listening() as events:
        assert next(event for event in events if event.get("event") == "case")["data"] is None

    # The assistant answers again.
    patient.say("can i drink wine")
    until(lambda: _saying(patient, "You said: can i drink wine [1]."), "the answer")
    patient.http.close()

    kinds = [
        row.kind
        for row in rows(database, "SELECT kind FROM case_events WHERE case_id = :c ORDER BY id", c=case.id)
    ]
    order = ["opened", "paged", "page_sent", "acknowledged", "conversation_held", "replied"]
    order += ["patient_answered", "resolved"]
    assert [kind for kind in kinds if kind in order] == order
    # Nothing is due any more, and nobody is paged again.
    assert rows(database, "SELECT next_step_at FROM cases WHERE id = :c", c=case.id)[0].next_step_at is None
    assert len(pager.at("/lee")) == 1


def _next(came: Iterator[dict[str, str]], words: str) -> dict[str, str]:
    return next(item for item in came if words in item["text"])


def _saying(patient: Patient, words: str) -> str:
    """The newest message that holds these words; empty when there is none."""
    found = [item["text"] for item in patient.history() if words in item["text"]]
    return found[-1] if found else ""
