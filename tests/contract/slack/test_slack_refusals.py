"""What does not come from Slack, comes too late or again, or is too much: refused, and nothing is stored."""

from __future__ import annotations

import json
import time

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.database import Database
from tests.support.slack_payloads import event, press, slash
from tests.support.slack_requests import SIGNING_SECRET, SlackServers
from tests.support.world import rows

JSON = {"Content-Type": "application/json"}
TABLES = "messages conversations inbound_events deliveries cases procrastinate_jobs".split()


@pytest.fixture(autouse=True)
def _nothing_is_stored(database: Database) -> None:
    counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
    before = rows(database, f"SELECT {counts} AS n")
    yield
    assert rows(database, f"SELECT {counts} AS n") == before


@pytest.fixture
def words(person: str) -> str:
    return json.dumps(event("message_im", user=person, text="I want to kill myself"))


def test_a_forged_signature(slack: SlackServers, words: str) -> None:
    assert slack.post(words, JSON, secret="f" * 32).status_code == 401


def test_a_signature_of_another_body(slack: SlackServers, words: str) -> None:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=stamp, body=words)
    headers = {**JSON, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}
    body = words.replace("kill", "help")
    assert slack.http.post(slack.url, content=body, headers=headers).status_code == 401


@pytest.mark.parametrize("age", [301, 3_600, 86_400 * 365, -301])
def test_a_stale_request_or_one_from_the_future(slack: SlackServers, words: str, age: int) -> None:
    assert slack.post(words, JSON, age=age).status_code == 401


def test_a_request_replayed_with_a_fresh_time(slack: SlackServers, words: str) -> None:
    old = str(int(time.time()) - 3_600)
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=old, body=words)
    headers = {
        **JSON,
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": str(signature),
    }
    assert slack.http.post(slack.url, content=words, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1795400000", "X-Slack-Signature": "v1=x"},
        {"X-Slack-Request-Timestamp": "1795400000", "X-Slack-Signature": "v0=é" + "0" * 62},
    ],
    ids=lambda headers: " ".join(headers) or "none",
)
def test_headers_of_another_shape(slack: SlackServers, words: str, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in {**JSON, **headers}.items()]
    assert slack.http.post(slack.url, content=words, headers=raw).status_code == 401


def test_a_check_of_the_certificate_needs_a_signature_too(slack: SlackServers) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert slack.http.post(slack.url, content="ssl_check=1", headers=form).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[1]",
        '"text"',
        "null",
        "[" * 50_000,
        "payload=%7B",
        "payload=[1]",
        '{"type": "event_callback"}',
        "{}",
    ],
    ids=lambda body: body[:12],
)
def test_bodies_that_make_no_sense(slack: SlackServers, body: str) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        assert slack.post(body, {"Content-Type": kind}).status_code in (400, 401, 404)


def test_bytes_that_are_no_text(slack: SlackServers) -> None:
    headers = {
        **JSON,
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": "v0=" + "0" * 64,
    }
    assert slack.http.post(slack.url, content=b"\xff\xfe{", headers=headers).status_code in (400, 401)


def test_an_oversized_request(slack: SlackServers, person: str) -> None:
    body = json.dumps(event("message_im", user=person, text="kill myself " * 100_000))
    assert slack.post(body, JSON).status_code == 413


def test_a_forged_button_and_a_forged_command(slack: SlackServers, person: str) -> None:
    slack.secret = "e" * 32
    assert slack.button(press("AbCdEfGhIjKl", user=person, message_ts="1.1")).status_code == 401
    assert slack.form(slash("I think I'm pregnant", user=person)).status_code == 401


def test_other_methods(slack: SlackServers) -> None:
    assert slack.http.get(slack.url).status_code == 405
