"""Clinicians in Slack: alerts without health text, the same steps as on the care desk, only for mapped accounts."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest

from bot.cases import service as cases
from bot.database import Database
from tests.contract.slack.conftest import ALERTS, NURSE, until
from tests.support.patient import Patient
from tests.support.slack_payloads import event, press_alert
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import Sent, SlackStandIn
from tests.support.world import rows

WORDS = "I feel very low and nobody knows, room 12"


def case_of(database: Database, person: str) -> Any:
    (case,) = rows(
        database,
        "SELECT cases.* FROM cases JOIN conversations c ON c.id = conversation_id"
        " WHERE external_id LIKE '%/' || :person",
        person=person,
    )
    return case


def trail(database: Database, case: Any) -> list[tuple[str, str]]:
    found = rows(database, "SELECT kind, actor FROM case_events WHERE case_id = :id ORDER BY id", id=case.id)
    return [(row.kind, row.actor) for row in found]


def alerts_of(web_api: SlackStandIn, case: Any) -> list[Sent]:
    return [message for message in web_api.to(ALERTS) if case.reference in message.words]


def labels(message: Sent) -> list[str]:
    return [item["text"]["text"] for item in message.buttons]


@pytest.fixture
def raised(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database, worker_with_rasa: None
) -> tuple[Any, Sent]:
    """A case raised in Slack, and its alert."""
    slack.event(event("message_im", user=person, text=WORDS))
    case = case_of(database, person)
    (alert,) = until(lambda: alerts_of(web_api, case))
    return case, alert


def test_an_alert_has_reference_category_and_urgency_and_nothing_of_the_patient(
    raised: tuple[Any, Sent], database: Database, person: str
) -> None:
    case, alert = raised
    assert alert.words.startswith("Same day: Low or changed mood\nCase\n" + case.reference)
    assert "State\nOpen" in alert.words
    shown = str((alert.text, alert.blocks))
    assert not any(word in shown for word in ("low and", "room", "nobody", person))
    assert labels(alert) == ["Acknowledge", "Open"]
    assert alert.buttons[1]["url"] == f"https://assistant.clinic.example/desk/cases/{case.id}"
    (delivery,) = rows(
        database, "SELECT * FROM deliveries WHERE kind = 'case_alert' AND case_id = :id", id=case.id
    )
    assert delivery.key == f"case_alert:slack:{case.id}:2" and delivery.payload == {}


def test_acknowledging_in_slack_is_the_step_of_the_care_desk(
    raised: tuple[Any, Sent], slack: SlackServers, web_api: SlackStandIn, database: Database, person: str
) -> None:
    case, alert = raised
    body = press_alert(str(case.id), user=NURSE, message_ts=alert.ts)
    assert slack.button(body).status_code == 200
    assert case_of(database, person).state == "acknowledged"
    assert trail(database, case)[-1] == ("acknowledged", "nurse@clinic.example")
    until(lambda: "Acknowledged by Nora Nurse" in alert.words)
    assert labels(alert) == ["Open"]
    # A double click, and somebody who was too late.
    slack.button(body)
    slack.button(press_alert(str(case.id), user=NURSE, message_ts=alert.ts))
    until(lambda: len(web_api.ephemeral) == 2)
    assert all("acknowledged already" in whisper["text"] for whisper in web_api.ephemeral)
    assert [kind for kind, _ in trail(database, case)].count("acknowledged") == 1
    (entry,) = rows(database, "SELECT * FROM audit_entries WHERE subject = :c", c=str(case.id))
    assert (entry.actor, entry.action) == ("nurse@clinic.example", "case_acknowledged")
    assert entry.details["by"] == "slack"


@pytest.mark.parametrize("user", ["U0STRANGE", "U0LEFT0001", "U0PATIENT"])
def test_nobody_else_may_act_and_only_they_read_why(
    raised: tuple[Any, Sent],
    slack: SlackServers,
    web_api: SlackStandIn,
    database: Database,
    person: str,
    user: str,
) -> None:
    case, alert = raised
    before = trail(database, case)
    assert slack.button(press_alert(str(case.id), user=user, message_ts=alert.ts)).status_code == 200
    (whisper,) = until(lambda: [found for found in web_api.ephemeral if found["user"] == user])
    assert whisper["channel"] == ALERTS
    assert whisper["text"].startswith("You can't act on cases from Slack")
    assert trail(database, case) == before and case_of(database, person).state == "open"


@pytest.mark.parametrize("value", ["not a case", str(uuid4()), ""])
def test_a_button_of_no_case_changes_nothing(
    slack: SlackServers, web_api: SlackStandIn, value: str, worker_with_rasa: None
) -> None:
    slack.button(press_alert(value, user=NURSE, message_ts="1795400001.000100"))
    (whisper,) = until(lambda: web_api.ephemeral)
    assert "no such case" in whisper["text"]


def test_what_happens_at_the_desk_is_shown_in_slack(
    raised: tuple[Any, Sent], slack: SlackServers, database: Database, web_api: SlackStandIn
) -> None:
    case, alert = raised
    for step, words in (
        (cases.acknowledge, "Acknowledged by Nora Nurse"),
        (cases.start_progress, "In progress by Nora Nurse"),
    ):
        with database.transaction() as session:
            step(session, case.id, "nurse@clinic.example", datetime.now(timezone.utc))
        until(lambda words=words: words in alert.words)
    with database.transaction() as session:
        cases.resolve(
            session, case.id, "nurse@clinic.example", "phoned, all well", datetime.now(timezone.utc)
        )
    until(lambda: "Resolved by Nora Nurse" in alert.words)
    assert "phoned" not in str(alert.blocks) and labels(alert) == ["Open"]
    slack.button(press_alert(str(case.id), user=NURSE, message_ts=alert.ts))
    (whisper,) = until(lambda: web_api.ephemeral)
    assert whisper["text"].startswith("That was not possible")
    with database.transaction() as session:
        cases.reopen(session, case.id, "nurse@clinic.example", datetime.now(timezone.utc))
    until(lambda: labels(alert) == ["Acknowledge", "Open"])


def test_a_case_that_becomes_more_urgent_alerts_again_and_the_old_alert_says_so(
    raised: tuple[Any, Sent], slack: SlackServers, web_api: SlackStandIn, database: Database, person: str
) -> None:
    case, alert = raised
    slack.button(press_alert(str(case.id), user=NURSE, message_ts=alert.ts))
    until(lambda: labels(alert) == ["Open"])
    slack.event(event("message_im", user=person, text="it is all hopeless"))
    alerts = until(lambda: found if len(found := alerts_of(web_api, case)) == 2 else [])
    assert alerts[1].words.startswith("Now: Low or changed mood")
    until(lambda: labels(alert) == ["Acknowledge", "Open"])
    assert alert.words.startswith("Now: Low or changed mood")


def test_a_repeated_message_makes_no_second_alert(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database, worker_with_rasa: None
) -> None:
    body = event("message_im", user=person, text=WORDS)
    for number in range(4):
        slack.event(body, retry=(number, "http_timeout") if number else None)
    slack.event(event("message_im", user=person, text="I am still very low"))
    case = case_of(database, person)
    until(lambda: alerts_of(web_api, case))
    time.sleep(1)
    assert len(alerts_of(web_api, case)) == 1


def test_an_alert_waits_for_slack_and_a_broken_channel_never_touches_the_case(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database, worker_with_rasa: None
) -> None:
    left = ["channel_not_found", "not_in_channel"]

    def script(method: str, values: dict[str, Any]) -> Any:
        if values.get("channel") == ALERTS and left:
            return SlackStandIn.error(left.pop())
        return None

    web_api.script = script
    slack.event(event("message_im", user=person, text=WORDS))
    case = case_of(database, person)
    assert case.state == "open"
    until(lambda: alerts_of(web_api, case))
    # Paging is a way of its own: without a policy its line may come at any moment.
    told = {kind for kind, *_ in trail(database, case)}
    assert told <= {"opened", "cue_added", "nobody_to_page"} and case_of(database, person).state == "open"


def test_an_alert_that_somebody_deleted_is_no_trouble(
    raised: tuple[Any, Sent], web_api: SlackStandIn, database: Database
) -> None:
    case, alert = raised
    web_api.sent.remove(alert)
    with database.transaction() as session:
        cases.acknowledge(session, case.id, "nurse@clinic.example", datetime.now(timezone.utc))
    done = "SELECT 1 FROM deliveries WHERE kind = 'case_alert_update' AND status = 'sent' AND case_id = :id"
    until(lambda: rows(database, done, id=case.id))


def test_a_concern_on_the_website_alerts_slack_too(
    door: str, web_api: SlackStandIn, database: Database, worker_with_rasa: None
) -> None:
    patient = Patient(door)
    patient.say("I think I'm pregnant")
    (case,) = rows(database, "SELECT * FROM cases WHERE channel = 'widget'")
    until(lambda: alerts_of(web_api, case))
    patient.http.close()


def test_a_patient_who_cannot_be_reached_is_shown_on_the_alert(
    raised: tuple[Any, Sent], database: Database
) -> None:
    case, alert = raised
    with database.transaction() as session:
        cases.patient_unreached(
            session,
            case.conversation_id,
            datetime.now(timezone.utc),
            channel="slack",
            problem="user_disabled",
        )
    until(lambda: "did not reach this patient" in alert.words)
