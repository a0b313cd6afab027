"""Getting words to Slack when Slack is busy, broken, slow, or the patient is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import Response

from bot.database import Database
from tests.contract.slack.conftest import until
from tests.support.servers import RasaStandIn
from tests.support.slack_payloads import event
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import SlackStandIn
from tests.support.world import rows

pytestmark = pytest.mark.usefixtures("worker_with_rasa")


def texts(web_api: SlackStandIn, person: str) -> list[str]:
    return [message.words.split("\n")[0] for message in web_api.to("D" + person[1:])]


def deliveries(database: Database, person: str) -> list[Any]:
    return rows(
        database,
        "SELECT d.* FROM deliveries d JOIN conversations c ON c.id = d.conversation_id"
        " WHERE c.external_id LIKE '%/' || :person ORDER BY d.id",
        person=person,
    )


def failing(times: int, answer: Callable[[], Response]) -> Callable[[str, dict[str, Any]], Response | None]:
    left = [times]

    def script(method: str, values: dict[str, Any]) -> Response | None:
        if method != "chat.postMessage" or left[0] == 0:
            return None
        left[0] -= 1
        return answer()

    return script


@pytest.mark.parametrize(
    "answer",
    [
        SlackStandIn.broken,
        lambda: SlackStandIn.error("internal_error"),
        lambda: SlackStandIn.error("ratelimited"),
        lambda: Response("not json", 200, media_type="application/json"),
        lambda: Response("", 503),
    ],
    ids="500 internal_error ratelimited nonsense 503".split(),
)
def test_slacks_troubles_delay_an_answer_and_lose_nothing(
    slack: SlackServers, web_api: SlackStandIn, person: str, answer: Callable[[], Response]
) -> None:
    web_api.script = failing(2, answer)
    slack.event(event("message_im", user=person, text="hi"))
    until(lambda: len(texts(web_api, person)) == 2)
    assert texts(web_api, person)[1] == "You said: hi [1]."


def test_a_retry_after_is_waited_for(slack: SlackServers, web_api: SlackStandIn, person: str) -> None:
    web_api.script = failing(1, lambda: SlackStandIn.rate_limited(3))
    began = time.monotonic()
    slack.event(event("message_im", user=person, text="hi"))
    until(lambda: len(texts(web_api, person)) == 2)
    assert time.monotonic() - began >= 3


def test_an_answer_that_got_through_unnoticed_is_not_said_twice(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    lost: list[str] = []

    def answer_lost(method: str, values: dict[str, Any]) -> Response | None:
        """Slack posts the message, and its answer does not reach us."""
        if method == "chat.postMessage" and len(lost) < 2 and values.get("metadata") not in lost:
            lost.append(values["metadata"])
            web_api._chat_postMessage(values)
            return SlackStandIn.broken()
        return None

    web_api.script = answer_lost
    slack.event(event("message_im", user=person, text="hi"))
    until(lambda: len(lost) == 2 and len(texts(web_api, person)) == 2)
    time.sleep(0.5)
    assert len(texts(web_api, person)) == 2


def test_a_patient_who_is_gone_stops_the_deliveries_but_not_the_case(
    slack: SlackServers,
    web_api: SlackStandIn,
    person: str,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    web_api.script = lambda method, values: (
        SlackStandIn.error("channel_not_found") if values.get("channel") == person else None
    )
    with caplog.at_level(logging.ERROR):
        slack.event(event("message_im", user=person, text="I think I'm pregnant"))
        until(
            lambda: (
                {row.status for row in deliveries(database, person)} == {"blocked"}
                and deliveries(database, person)
            )
        )
    (case,) = rows(
        database,
        "SELECT cases.id, state FROM cases JOIN conversations c ON c.id = conversation_id"
        " WHERE external_id LIKE '%/' || :person",
        person=person,
    )
    assert case.state == "open"
    trail = rows(database, "SELECT kind FROM case_events WHERE case_id = :id", id=case.id)
    until(
        lambda: (
            "patient_unreached"
            in {
                row.kind
                for row in rows(database, "SELECT kind FROM case_events WHERE case_id = :id", id=case.id)
            }
        )
    )
    assert trail[0].kind == "opened"
    assert "is blocked by its recipient (channel_not_found)" in caplog.text
    assert person not in caplog.text and "pregnant" not in caplog.text.replace("concern_pregnancy", "")


@pytest.mark.parametrize(
    "code", ["account_inactive", "token_revoked", "invalid_auth", "missing_scope", "not_in_channel"]
)
def test_our_own_trouble_with_slack_keeps_everything_waiting_and_tells_the_operator(
    slack: SlackServers,
    web_api: SlackStandIn,
    person: str,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    code: str,
) -> None:
    web_api.script = failing(1, lambda: SlackStandIn.error(code))
    with caplog.at_level(logging.ERROR):
        slack.event(event("message_im", user=person, text="hi"))
        until(lambda: len(texts(web_api, person)) == 2)
    assert f"Slack refuses us ({code})" in caplog.text


@pytest.mark.parametrize("code", ["user_disabled", "user_not_found", "cannot_dm_bot", "is_archived"])
def test_other_ways_of_being_gone(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database, code: str
) -> None:
    # Slack refuses until both the welcome and the answer stay back: an answer that is put in after the welcome was
    # blocked tries the recipient once more, so one refusal alone would be passed over within milliseconds.
    web_api.script = failing(1000, lambda: SlackStandIn.error(code))
    slack.event(event("message_im", user=person, text="hi"))
    until(lambda: [row.status for row in deliveries(database, person)] == ["blocked", "blocked"])
    web_api.script = None
    # The patient writes again, so they are there after all: what stayed back is sent.
    slack.event(event("message_im", user=person, text="hi again"))
    until(lambda: len(texts(web_api, person)) == 3)


def test_blocks_that_slack_refuses_do_not_keep_the_words_back(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    web_api.script = lambda method, values: (
        SlackStandIn.error("invalid_blocks") if "blocks" in values else None
    )
    slack.event(event("message_im", user=person, text="I think I'm pregnant"))
    until(lambda: len(texts(web_api, person)) == 3)
    assert texts(web_api, person)[1] == "urgent help: concern_pregnancy, tier 1, US"


def test_also_a_long_answer_arrives_whole_without_blocks(
    slack: SlackServers, web_api: SlackStandIn, person: str, rasa: RasaStandIn
) -> None:
    text = " ".join(f"Sentence {number} & its <friends> stay." for number in range(150))

    async def long_answer(body: dict[str, Any]) -> Response:
        return rasa.says({"text": text})

    rasa.behave = long_answer
    web_api.script = lambda method, values: (
        SlackStandIn.error("invalid_blocks") if "blocks" in values else None
    )
    try:
        slack.event(event("message_im", user=person, text="hi"))
        until(
            lambda: (
                texts(web_api, person) and texts(web_api, person)[-1].endswith("149 & its <friends> stay.")
            )
        )
        assert " ".join(" ".join(texts(web_api, person)[1:]).split()) == text
    finally:
        rasa.behave = rasa.echo


def test_a_slow_slack_keeps_the_order(slack: SlackServers, web_api: SlackStandIn, person: str) -> None:
    web_api.slow = 0.4
    for number in range(3):
        slack.event(event("message_im", user=person, text=f"hi number {number}"))
    until(lambda: len(texts(web_api, person)) == 4)
    assert texts(web_api, person)[1:] == [f"You said: hi number {number} [1]." for number in range(3)]


def test_a_very_long_answer_arrives_whole_and_goes_on_where_it_was_cut_off(
    slack: SlackServers, web_api: SlackStandIn, person: str, rasa: RasaStandIn
) -> None:
    text = " ".join(f"Sentence {number} & its <friends> *stay* as they are." for number in range(350))

    async def long_answer(body: dict[str, Any]) -> Response:
        return rasa.says({"text": text})

    rasa.behave = long_answer
    posts: list[str] = []

    def second_part_fails(method: str, values: dict[str, Any]) -> Response | None:
        if method == "chat.postMessage":
            posts.append(values["text"])
        return SlackStandIn.broken() if method == "chat.postMessage" and len(posts) == 3 else None

    web_api.script = second_part_fails
    try:
        slack.event(event("message_im", user=person, text="hi"))
        until(lambda: len(web_api.to("D" + person[1:])) == 4)
        said = [message.words for message in web_api.to("D" + person[1:])[1:]]
        assert " ".join(" ".join(said).split()) == text
        assert all(words.endswith(".") for words in said)
    finally:
        rasa.behave = rasa.echo
