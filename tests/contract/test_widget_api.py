"""The widget API over real HTTP: what it takes, what it refuses and in which words, and what it never loses."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.content.facts import FactBook
from bot.conversations import repository
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway import openapi
from bot.gateway.app import create_app
from bot.gateway.middleware import MAX_BODY_BYTES
from bot.gateway.rate_limit import Rate
from bot.gateway.widget_api import Limits
from bot.secret_tokens import hash_token
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.patient import Patient
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door
from tests.support.world import DISCLAIMER, rows


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem's body, once its shape is right."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"urn:isotretinoin-assistant:problem:{slug}"
    assert body["status"] == status
    assert body["title"] and body["detail"].endswith(".")
    assert body["instance"] == response.request.url.path
    return body


def test_a_session_starts_with_the_disclaimer(patient: Patient) -> None:
    (first,) = patient.history()
    assert first["text"] == DISCLAIMER.replace("[M40]", "[1]")
    assert first["citations"][0]["fact"] == "M40"
    assert set(first) == {
        "seq", "author", "text", "citations", "buttons", "topics", "concern", "role", "client_id", "at",
    }  # fmt: skip
    assert first["at"].endswith("Z")


def test_a_message_is_accepted_once_for_its_client_id(patient: Patient) -> None:
    with ThreadPoolExecutor(20) as pool:
        ids = set(
            pool.map(
                lambda _: patient.http.post(
                    "/widget/v1/messages", json={"client_id": "again", "text": "can i drink wine"}
                ).json()["message_id"],
                range(20),
            )
        )
    assert len(ids) == 1
    assert [(item["seq"], item["client_id"]) for item in patient.history()] == [(1, None), (2, "again")]


def test_a_clinicians_message_says_who_wrote(patient: Patient, database: Database) -> None:
    patient.say("hi")
    with database.transaction() as session:
        conversation = repository.conversation_of_token(session, hash_token(patient.token), utc_now())
        assert conversation is not None
        for role in ("Dermatology nurse", ""):
            repository.add_clinician_message(session, conversation.id, "see [M15]", role, utc_now())
    told = patient.history(after=2)
    assert [(item["author"], item["role"]) for item in told] == [
        ("clinician", "Dermatology nurse"),
        ("clinician", ""),
    ]
    assert told[0]["citations"] == []


def test_a_concern_brings_urgent_help_without_any_worker(patient: Patient, database: Database) -> None:
    patient.say("I think I'm pregnant")
    mine, urgent = patient.history(after=1)
    assert mine["concern"] == urgent["concern"] == "concern_pregnancy"
    assert urgent["text"] == "urgent help: concern_pregnancy, tier 1, US"
    assert rows(database, "SELECT 1 FROM cases WHERE category = 'concern_pregnancy'") != []


def test_a_patients_own_brackets_are_not_citations(patient: Patient) -> None:
    patient.say("what does [M15] mean")
    assert (patient.history()[-1]["text"], patient.history()[-1]["citations"]) == ("what does [M15] mean", [])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic abcdefghijklmnopqrstuvwxyz",
        "Bearer " + "A" * 43,
        "Bearer " + "é" * 43,
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/widget/v1/messages"),
        ("GET", "/widget/v1/history"),
        ("GET", "/widget/v1/events"),
        ("DELETE", "/widget/v1/session"),
    ],
)
def test_forged_tokens_open_nothing(door: str, method: str, path: str, token: str) -> None:
    headers = {"Authorization": token.encode()} if token else {}
    response = httpx.request(method, door + path, headers=headers, trust_env=False)
    problem(response, 401, "session-ended")
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_opens_nothing(patient: Patient, database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE conversations SET token_expires_at = now() - interval '1 second'"))
    problem(patient.http.get("/widget/v1/history"), 401, "session-ended")
    problem(patient.post(text="hi"), 401, "session-ended")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b'"text"', b"[" * 30_000, b"NaN"],
    ids=["empty", "cut", "no text", "list", "string", "deep", "no number"],
)
def test_bodies_that_are_no_json_objects_are_refused(patient: Patient, body: bytes) -> None:
    problem(patient.http.post("/widget/v1/messages", content=body), 400, "bad-request")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hi"},
        {"client_id": "", "text": "hi"},
        {"client_id": "x" * 65, "text": "hi"},
        {"client_id": "a\x00b", "text": "hi"},
        {"client_id": 7, "text": "hi"},
        {"client_id": "a"},
        {"client_id": "a", "text": "hi", "button_id": "b"},
        {"client_id": "a", "text": ["hi"]},
        {"client_id": "a", "text": ""},
        {"client_id": "a", "text": " \u200b\u202e "},
        {"client_id": "a", "text": "///"},
        {"client_id": "a", "text": "x" * 4001},
        {"client_id": "a", "button_id": 3},
        {"client_id": "a", "button_id": "/ask_topic"},
    ],
)
def test_incomplete_messages_are_refused_in_plain_words(patient: Patient, body: dict[str, Any]) -> None:
    problem(patient.http.post("/widget/v1/messages", json=body), 422, "not-valid")
    assert len(patient.history()) == 1


def test_unknown_buttons_are_refused(patient: Patient) -> None:
    problem(patient.post(button_id="AAAAAAAAAAAA"), 422, "unknown-button")


def test_the_longest_message_fits_whatever_it_is_made_of(patient: Patient) -> None:
    text = "\U0001f600" * 4000
    body = json.dumps({"client_id": "c" * 64, "text": text}, ensure_ascii=True)
    assert patient.http.post("/widget/v1/messages", content=body).status_code == 202
    assert patient.history()[-1]["text"] == text


def test_odd_characters_are_cleaned_and_commands_are_words(patient: Patient) -> None:
    patient.http.post(
        "/widget/v1/messages", content=b'{"client_id": "a", "text": "\\u0000/re\\u202est\\ud800art"}'
    )
    assert patient.history()[-1]["text"] == "restart"


@pytest.mark.parametrize("announced", [True, False])
def test_oversized_bodies_are_refused_before_they_are_read(patient: Patient, announced: bool) -> None:
    size = MAX_BODY_BYTES + 1

    def pieces() -> Any:
        for _ in range(0, size, 1000):
            yield b"x" * 1000

    content = b"x" * size if announced else pieces()
    problem(patient.http.post("/widget/v1/messages", content=content), 413, "too-large")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 10, "1;drop"])
def test_odd_numbers_are_refused(patient: Patient, after: str) -> None:
    problem(patient.http.get("/widget/v1/history", params={"after": after}), 400, "bad-request")
    problem(patient.http.get("/widget/v1/events", headers={"Last-Event-ID": after}), 400, "bad-request")


def test_wrong_addresses_and_methods_are_problems_too(door: str) -> None:
    problem(httpx.get(door + "/nowhere", trust_env=False), 404, "not-found")
    response = httpx.put(door + "/widget/v1/session", trust_env=False)
    assert response.status_code == 405
    assert response.json()["title"] == "Method Not Allowed"


def test_too_many_messages_wait(settings: Settings, facts: FactBook) -> None:
    limits = Limits(sessions=Rate(2, 0.001), messages=Rate(2, 0.5))
    with front_door(
        create_app(settings, KeywordReader(), rule_book(), facts, WORDS, limits=limits)
    ) as address:
        patient, other = Patient(address), Patient(address)
        patient.say("hi 1")
        patient.say("hi 2")
        response = patient.post(text="hi 3")
        problem(response, 429, "too-many-requests")
        assert 1 <= int(response.headers["retry-after"]) <= 2
        other.say("hi")
        problem(httpx.post(address + "/widget/v1/session", trust_env=False), 429, "too-many-requests")


def test_deleting_says_what_is_kept_and_ends_the_session(patient: Patient) -> None:
    patient.say("I think I'm pregnant")
    body = patient.http.delete("/widget/v1/session").json()
    assert body["deleted_messages"] == 3
    assert len(body["kept_cases"]) == 1
    assert "The clinic keeps the words" in body["note"]
    problem(patient.http.get("/widget/v1/history"), 401, "session-ended")


def test_a_message_that_cannot_be_stored_is_not_said_to_be_saved(
    patient: Patient, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(
            sa.text("ALTER TABLE messages ADD CONSTRAINT broken CHECK (kind <> 'text') NOT VALID")
        )
    try:
        body = problem(patient.post(text="I think I'm pregnant"), 503, "unavailable")
    finally:
        with database.transaction() as session:
            session.execute(sa.text("ALTER TABLE messages DROP CONSTRAINT broken"))
    assert body["detail"] == (
        "Your message was not saved. Please try again in a minute. In an emergency call 911."
    )
    assert len(patient.history()) == 1


def test_without_a_database_patients_are_told_whom_to_call(settings: Settings, facts: FactBook) -> None:
    away = replace(settings, database_url="postgresql://u:hunter2@127.0.0.1:1/x")
    with front_door(create_app(away, KeywordReader(), rule_book(), facts, WORDS)) as address:
        client = httpx.Client(
            base_url=address, trust_env=False, headers={"Authorization": "Bearer " + "A" * 43}
        )
        for response in (
            client.post("/widget/v1/session"),
            client.post("/widget/v1/messages", json={"client_id": "a", "text": "help"}),
            client.get("/widget/v1/history"),
        ):
            body = problem(response, 503, "unavailable")
            assert "call 911" in body["detail"]
            assert "hunter2" not in response.text
        assert client.get("/healthz").status_code == 200
        ready = problem(client.get("/readyz"), 503, "not-ready")
        assert ready["down"] == ["database", "rasa", "job worker"]


def test_readiness_names_what_is_down(door: str, rasa: object) -> None:
    body = problem(httpx.get(door + "/readyz", trust_env=False), 503, "not-ready")
    assert body["down"] == ["job worker"]
    assert body["checks"]["rasa"] == "up"


def test_readiness_once_everything_is_up(door: str, rasa: object, job_worker: None) -> None:
    deadline = time.monotonic() + 10
    while (response := httpx.get(door + "/readyz", trust_env=False)).status_code != 200:
        assert time.monotonic() < deadline, response.text
        time.sleep(0.1)
    assert response.json()["status"] == "ready"


def test_clinics_pages_may_use_the_api_and_others_may_not(door: str) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    url = door + "/widget/v1/messages"
    good = httpx.options(url, headers={**asked, "Origin": "https://clinic.example"}, trust_env=False)
    assert good.status_code == 200
    assert good.headers["access-control-allow-origin"] == "https://clinic.example"
    bad = httpx.options(url, headers={**asked, "Origin": "https://evil.example"}, trust_env=False)
    assert bad.status_code == 400
    assert bad.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in bad.headers
    refused = httpx.post(url, headers={"Origin": "https://clinic.example"}, trust_env=False)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://clinic.example"


def test_every_response_carries_the_careful_headers(door: str) -> None:
    for path in ("/healthz", "/nowhere", "/widget/v1/history"):
        headers = httpx.get(door + path, trust_env=False).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_the_widgets_file_is_kept_by_browsers_until_it_changes(door: str) -> None:
    first = httpx.get(door + "/widget.js", trust_env=False)
    assert first.status_code == 200
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "must-revalidate" in first.headers["cache-control"]
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    again = httpx.get(door + "/widget.js", headers={"If-None-Match": first.headers["etag"]}, trust_env=False)
    assert (again.status_code, again.content) == (304, b"")


def test_the_widgets_words_in_spanish_may_be_read_by_clinics_pages(door: str) -> None:
    address = door + "/widget/v1/words/es.json"
    response = httpx.get(address, headers={"Origin": "https://clinic.example"}, trust_env=False)
    assert response.headers["access-control-allow-origin"] == "https://clinic.example"
    assert response.json()["send"] == "Enviar"
    assert httpx.get(door + "/widget/v1/words/xx.json", trust_env=False).status_code == 404


def test_the_playground_is_part_of_the_demo_only(settings: Settings, facts: FactBook) -> None:
    for demo in (True, False):
        app = create_app(replace(settings, demo=demo), KeywordReader(), rule_book(), facts, WORDS)
        paths = {route.path for route in app.routes}
        assert ("/playground" in paths, "/playground.js" in paths, "/" in paths) == (demo, demo, demo)


def test_the_description_lists_exactly_the_routes_of_the_api(settings: Settings, facts: FactBook) -> None:
    app = create_app(settings, KeywordReader(), rule_book(), facts, WORDS)
    served = {
        (route.path, method.lower())
        for route in app.routes
        if route.path.startswith(("/widget/", "/healthz", "/readyz", "/openapi"))
        for method in route.methods - {"HEAD"}
    }
    described = {(path, method) for path, methods in openapi.PATHS.items() for method in methods}
    assert served == described


def test_the_description_is_served(door: str) -> None:
    document = httpx.get(door + "/openapi.json", trust_env=False).json()
    assert document["openapi"] == "3.1.0"
    text = json.dumps(document)
    for name in set(__import__("re").findall(r"#/components/(\w+/\w+)", text)):
        kind, _, part = name.partition("/")
        assert part in document["components"][kind]


def test_an_unforeseen_failure_is_one_plain_line(
    settings: Settings, facts: FactBook, caplog: pytest.LogCaptureFixture
) -> None:
    class Bad(FactBook):
        def get(self, fact_id: str) -> Any:
            raise RuntimeError("secret words of a patient")

    broken = Bad(facts.facts, facts.sources, facts.differences)
    with front_door(create_app(settings, KeywordReader(), rule_book(), broken, WORDS)) as address:
        patient = Patient(address)
        body = problem(patient.http.get("/widget/v1/history"), 500, "unexpected")
    assert "secret" not in json.dumps(body)
    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_page_may_name_its_region(door: str, database: Database) -> None:
    regions = []
    for body in (
        b"",
        b"{}",
        b'{"region": "UK", "language": "en"}',
        b'{"region": "gb"}',
        b'{"region": "XX"}',
        b'{"region": ["UK"]}',
    ):
        response = httpx.post(door + "/widget/v1/session", content=body, trust_env=False)
        assert response.status_code == 201
        headers = {"Authorization": f"Bearer {response.json()['token']}"}
        message = {"client_id": "a", "text": "i am pregnant"}
        sent = httpx.post(door + "/widget/v1/messages", json=message, headers=headers, trust_env=False)
        assert sent.status_code == 202, sent.text
        history = httpx.get(door + "/widget/v1/history", headers=headers, trust_env=False).json()["messages"]
        regions.append(history[2]["text"].rsplit(" ", 1)[1])
    assert regions == ["US", "US", "UK", "UK", "US", "US"]
    problem(httpx.post(door + "/widget/v1/session", content=b"{", trust_env=False), 400, "bad-request")
