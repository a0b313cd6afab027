"""A thousand events from many patients, a fifth of them repeated, a tenth of Slack's answers an error."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.responses import Response

from bot.database import Database
from tests.contract.slack.conftest import until
from tests.support.slack_payloads import event
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import SlackStandIn
from tests.support.world import rows

PEOPLE, EACH = 40, 25


def test_every_message_is_answered_once_in_order_and_nothing_is_lost(
    door: str, web_api: SlackStandIn, database: Database, worker_with_rasa: None
) -> None:
    dice = random.Random(4)
    errors = [0]

    def a_tenth_fails(method: str, values: dict[str, Any]) -> Response | None:
        if method != "chat.postMessage" or dice.random() > 0.1:
            return None
        errors[0] += 1
        if errors[0] % 3 == 0:
            # The message is posted, and nobody hears of it.
            web_api._chat_postMessage(values)
        return [SlackStandIn.broken(), SlackStandIn.rate_limited(1), SlackStandIn.error("internal_error")][
            errors[0] % 3
        ]

    web_api.script = a_tenth_fails
    people = [f"U0LOAD{number:04d}" for number in range(PEOPLE)]

    def talk(person: str) -> None:
        """One after the other, as a person writes; a fifth comes twice."""
        slack = SlackServers(door)
        own = random.Random(person)
        for number in range(EACH):
            body = event("message_im", user=person, text=f"hi {number} from {person}")
            assert slack.event(body).status_code == 200
            if own.random() < 0.2:
                assert slack.event(body, retry=(1, "http_timeout")).status_code == 200
        slack.http.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, people))
    done = "SELECT count(*) AS n FROM deliveries WHERE status = 'sent'"
    until(lambda: rows(database, done)[0].n >= PEOPLE * (EACH + 1), 240)

    answers = defaultdict(list)
    for message in web_api.sent:
        answers[message.channel].append(message.words.split(" [1].")[0])
    for person in people:
        wanted = [f"You said: hi {number} from {person}" for number in range(EACH)]
        assert answers["D" + person[1:]][1:] == wanted
    assert errors[0] > PEOPLE * EACH * 0.05
    (left,) = rows(database, "SELECT count(*) AS n FROM deliveries WHERE status <> 'sent'")
    assert left.n == 0
