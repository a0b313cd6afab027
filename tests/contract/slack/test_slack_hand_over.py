"""A clinician writes with a patient in Slack, in the thread where the patient writes; alerts show who spoke last."""

from __future__ import annotations

from typing import Any

import pytest

from bot.accounts.users import DeskUser
from bot.cases import work
from bot.conversations.service import utc_now
from bot.database import Database
from tests.contract.slack.conftest import ALERTS, until
from tests.support.desk import desk_user
from tests.support.servers import RasaStandIn
from tests.support.slack_payloads import event
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import Sent, SlackStandIn
from tests.support.world import rows

pytestmark = pytest.mark.usefixtures("worker_with_rasa")


@pytest.fixture(scope="module")
def lee(database: Database) -> DeskUser:
    return desk_user(database, "lee@clinic.example", name="Dr Lee *MD*")


def case_of(database: Database, person: str) -> Any:
    (case,) = rows(
        database,
        "SELECT cases.* FROM cases JOIN conversations c ON c.id = conversation_id"
        " WHERE external_id LIKE '%/' || :person",
        person=person,
    )
    return case


def to_patient(web_api: SlackStandIn, person: str, count: int) -> list[Sent]:
    return until(
        lambda: sent if len(sent := web_api.to("D" + person[1:])) >= count else [],
    )


def reply(database: Database, case: Any, who: DeskUser, text: str) -> None:
    with database.transaction() as session:
        work.reply(session, case.id, who, text, utc_now())


def alert_words(web_api: SlackStandIn, case: Any) -> str:
    return next(message.words for message in web_api.to(ALERTS) if case.reference in message.words)


def test_there_and_back(
    slack: SlackServers,
    web_api: SlackStandIn,
    person: str,
    database: Database,
    lee: DeskUser,
    rasa: RasaStandIn,
) -> None:
    slack.event(event("message_im_thread", user=person, text="I think I'm pregnant"))
    to_patient(web_api, person, 3)
    case = case_of(database, person)
    until(lambda: [m for m in web_api.to(ALERTS) if case.reference in m.words])
    turns = len(rasa.turns)
    reply(database, case, lee, "Please do a test <!channel> today. " + "Rest well. " * 300)
    joined, words = to_patient(web_api, person, 5)[3:]
    assert joined.words.startswith("Dr Lee *MD* from your dermatology clinic has joined this chat")
    assert words.words.startswith("From your clinic: Dr Lee *MD*\n\nPlease do a test <!channel> today.")
    assert words.words.count("Rest well.") == 300
    # Both stand where the patient writes.
    assert {joined.thread_ts, words.thread_ts} == {"1795399990.000050"}
    slack.event(event("message_im", user=person, text="it is negative"))
    saved = to_patient(web_api, person, 6)[5]
    assert saved.words.startswith("Your message is saved, and Dr Lee *MD* can read it here.")
    until(lambda: "The patient has answered" in alert_words(web_api, case))
    assert "negative" not in alert_words(web_api, case)
    reply(database, case, lee, "Good. See you on Friday.")
    to_patient(web_api, person, 7)
    until(lambda: "The patient has answered" not in alert_words(web_api, case))
    with database.transaction() as session:
        work.give_back(session, case.id, lee.email, utc_now())
    assert to_patient(web_api, person, 8)[7].words.startswith("Dr Lee *MD* has left this chat.")
    assert len(rasa.turns) == turns
    slack.event(event("message_im", user=person, text="hi"))
    last = to_patient(web_api, person, 10)
    assert last[8].words.startswith("You said: hi") or last[9].words.startswith("You said: hi")
