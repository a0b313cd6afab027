"""The channel between front door and Rasa, over HTTP."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.dialogue.channel import LARGEST_BODY, FrontDoorInput
from bot.errors import SettingError
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Reading, to_parse_data
from tests.unit.dialogue.conftest import Rasa

SECRET = "my stepfather Alaric knows"
TURN = "/webhooks/frontdoor/turn"


def body(reading: Reading, sender: str = "one", **metadata: Any) -> dict[str, Any]:
    parse_data = to_parse_data(reading)
    return {"sender": sender, "text": reading.text, "parse_data": parse_data, "metadata": metadata}


def question(topic: str = "alcohol") -> Reading:
    return Reading("can I drink?", "faq", 0.9, topics=(topic,))


def mood() -> Reading:
    text = f"I feel so low, {SECRET}"
    concern = Concern(Category.MOOD, 2, 0, 13, text[:13], "why", 1.0)
    return Reading(text, "concern_mood", 1.0, concerns=(concern,))


def test_a_turn_comes_in_as_the_front_door_read_it(rasa: Rasa, client: httpx.Client) -> None:
    response = client.post(TURN, json=body(question(), region="US", urgent_help_sent=True))
    assert response.status_code == 200
    assert response.json() == {
        "messages": [{"text": "hello", "buttons": [{"title": "Yes", "payload": "/affirm"}]}],
        "failed_actions": [],
    }
    (message,) = rasa.messages
    assert (message.sender_id, message.text, message.input_channel) == ("one", "can I drink?", "frontdoor")
    assert message.parse_data == to_parse_data(question())
    assert message.metadata == {"region": "US", "urgent_help_sent": True}


@pytest.mark.parametrize(
    "header", [None, b"", b"Bearer", b"Bearer wrong", b"Basic YTpi", b"Bearer \xc3\xa9", b"Bearer \xff"]
)
def test_without_the_token_nothing_runs(rasa: Rasa, client: httpx.Client, header: bytes | None) -> None:
    del client.headers["Authorization"]
    headers = {} if header is None else {"Authorization": header}
    response = client.post(TURN, json=body(question()), headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 401 and rasa.messages == []


def test_a_body_beyond_the_limit_is_refused(rasa: Rasa, client: httpx.Client) -> None:
    response = client.post(TURN, json={**body(question()), "more": "x" * LARGEST_BODY})
    assert response.status_code == 413 and rasa.messages == []


@pytest.mark.parametrize(
    "changed",
    [
        {"sender": ""},
        {"sender": 5},
        {"text": None},
        {"parse_data": None},
        {"parse_data": {"intent": "faq", "entities": []}},
        {"parse_data": {"intent": {"name": "faq"}}},
    ],
)
def test_what_lacks_a_part_is_refused(rasa: Rasa, client: httpx.Client, changed: dict[str, Any]) -> None:
    response = client.post(TURN, json={**body(question()), **changed})
    assert response.status_code == 422 and rasa.messages == []


def test_what_is_no_object_is_refused(rasa: Rasa, client: httpx.Client) -> None:
    assert client.post(TURN, json=["a", "list"]).status_code == 422
    broken = client.post(TURN, content=b"{", headers={"Content-Type": "application/json"})
    assert 400 <= broken.status_code < 500
    assert rasa.messages == []


def test_a_failed_turn_is_500_and_the_log_holds_none_of_its_words(
    rasa: Rasa, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(message: UserMessage) -> None:
        raise RuntimeError(f"cannot handle {message.text}")

    rasa.handle = fail
    with caplog.at_level(logging.DEBUG, logger="bot"):
        response = client.post(TURN, json=body(mood()))
    assert response.status_code == 500
    assert SECRET not in response.text and SECRET not in caplog.text
    assert "RuntimeError" in caplog.text


def test_an_answer_needs_no_action_server(rasa: Rasa, client: httpx.Client, agent: Agent) -> None:
    rasa.handle = agent.handle_message
    answer = client.post(TURN, json=body(question(), sender="asks")).json()
    assert answer["failed_actions"] == []
    (message,) = answer["messages"]
    assert "[A14]" in message["text"] and len(message["buttons"]) == 3


def test_templates_of_the_domain_are_said(rasa: Rasa, client: httpx.Client, agent: Agent) -> None:
    rasa.handle = agent.handle_message
    response = client.post(TURN, json=body(Reading("hello", "greet", 0.9), sender="greets"))
    (message,) = response.json()["messages"]
    assert "computer program" in message["text"]


def test_a_failed_action_is_named_and_nothing_claims_success(
    rasa: Rasa, client: httpx.Client, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.handle = agent.handle_message
    with caplog.at_level(logging.DEBUG, logger="rasa.core.processor"):
        answer = client.post(TURN, json=body(mood(), sender="worried")).json()
    assert "action_escalate_mood" in answer["failed_actions"]
    assert not any("told" in message["text"] for message in answer["messages"])
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert any("action_escalate_mood failed" in record.getMessage() for record in errors)
    for record in errors:
        assert record.exc_info is None and SECRET not in record.getMessage()


def test_what_a_patient_types_is_never_a_command(rasa: Rasa, client: httpx.Client, agent: Agent) -> None:
    """The parse data decides, also for text that Rasa would obey on its own channels."""
    rasa.handle = agent.handle_message
    client.post(TURN, json=body(question(), sender="types"))
    response = client.post(TURN, json=body(Reading("/restart", "unsure", 0.0), sender="types"))
    source = client.post(TURN, json=body(Reading("source?", "ask_source", 0.9), sender="types"))
    (message,) = response.json()["messages"]
    assert "not sure I understood" in message["text"]
    # Nothing was forgotten: the answer before it is still the last answer.
    assert "last answer" in source.json()["messages"][0]["text"]


@pytest.mark.parametrize("credentials", [None, {}, {"token": ""}, {"token": "short"}])
def test_a_missing_or_weak_token_is_refused_at_the_start(credentials: dict[str, Any] | None) -> None:
    with pytest.raises(SettingError, match="RASA_TOKEN"):
        FrontDoorInput.from_credentials(credentials)


def test_the_channel_says_that_it_is_up(rasa: Rasa, client: httpx.Client) -> None:
    assert client.get("/webhooks/frontdoor/").json() == {"status": "ok"}
