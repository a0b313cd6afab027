"""Socket Mode: the relay, with slack_sdk's own client, between a stand-in of Slack's socket and the real front door."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.slack.setup import slack_setup
from bot.channels.slack.socket_mode import relay
from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.contract.slack.conftest import until
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import free_port, front_door
from tests.support.slack_payloads import event, slash
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import APP_TOKEN, SlackStandIn
from tests.support.world import rows

pytestmark = pytest.mark.usefixtures("worker_with_rasa")


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return replace(settings, slack_mode="socket", slack_signing_secret="", slack_app_token=APP_TOKEN)


@contextlib.contextmanager
def relaying(settings: Settings, address: str) -> Iterator[None]:
    """The relay in a thread with its own event loop."""
    setup = slack_setup(settings)
    assert setup is not None
    ready, stops = threading.Event(), []
    failures: list[BaseException] = []

    async def main() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await relay(setup, address, stop)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        for stop in stops:
            stop()
        thread.join(15)
        assert not thread.is_alive(), "the relay did not stop"
        assert not failures, failures


@pytest.fixture
def relay_up(settings: Settings, door: str, web_api: SlackStandIn) -> Iterator[None]:
    with relaying(settings, door):
        until(lambda: web_api.connected)
        yield


def words(web_api: SlackStandIn, person: str) -> list[str]:
    return [message.words.split("\n")[0] for message in web_api.to("D" + person[1:])]


def acknowledged(web_api: SlackStandIn, envelope_id: str) -> list[dict[str, Any]]:
    return [item for item in web_api.acknowledged if item["envelope_id"] == envelope_id]


def test_an_event_is_answered_and_acknowledged_once_it_is_stored(
    relay_up: None, web_api: SlackStandIn, person: str
) -> None:
    web_api.push("events_api", event("message_im", user=person, text="hi"), "env-1")
    assert until(lambda: acknowledged(web_api, "env-1")) == [{"envelope_id": "env-1"}]
    until(lambda: words(web_api, person)[1:] == ["You said: hi [1]."])


def test_a_repeated_envelope_runs_nothing_twice(
    relay_up: None, web_api: SlackStandIn, person: str, database: Database
) -> None:
    body = event("message_im", user=person, text="hi")
    web_api.push("events_api", body, "env-2")
    web_api.push("events_api", body, "env-3", retry_attempt=1, retry_reason="timeout")
    until(lambda: acknowledged(web_api, "env-2") and acknowledged(web_api, "env-3"))
    found = rows(
        database,
        "SELECT 1 FROM messages m JOIN conversations c ON c.id = conversation_id"
        " WHERE author = 'patient' AND external_id LIKE '%/' || :person",
        person=person,
    )
    assert len(found) == 1


def test_a_command_is_answered_in_its_acknowledgement(
    relay_up: None, web_api: SlackStandIn, person: str
) -> None:
    web_api.push("slash_commands", slash("can I drink wine?", user=person), "env-4")
    (answer,) = until(lambda: acknowledged(web_api, "env-4"))
    assert answer["payload"]["response_type"] == "ephemeral"
    assert answer["payload"]["text"].startswith("I've saved your message")


def test_after_slack_has_cut_the_connection_the_relay_is_back(
    relay_up: None, web_api: SlackStandIn, person: str
) -> None:
    first = web_api.links
    web_api.disconnect()
    until(lambda: web_api.links > first and web_api.connected)
    web_api.push("events_api", event("message_im", user=person, text="hi"), "env-5")
    until(lambda: acknowledged(web_api, "env-5"))


def test_what_the_front_door_did_not_take_is_not_acknowledged(
    settings: Settings, facts: FactBook, web_api: SlackStandIn, person: str
) -> None:
    port = free_port()
    body = event("message_im", user=person, text="hi")
    with relaying(settings, f"http://127.0.0.1:{port}"):
        until(lambda: web_api.connected)
        web_api.push("events_api", body, "env-6")
        with front_door(create_app(settings, KeywordReader(), rule_book(), facts, WORDS), port):
            assert not acknowledged(web_api, "env-6")
            web_api.push("events_api", body, "env-7", retry_attempt=1, retry_reason="timeout")
            until(lambda: acknowledged(web_api, "env-7"))
    assert not acknowledged(web_api, "env-6")


def test_slacks_own_secret_opens_nothing_in_socket_mode(door: str, person: str) -> None:
    slack = SlackServers(door)
    assert slack.event(event("message_im", user=person, text="hi")).status_code == 401
    slack.http.close()
