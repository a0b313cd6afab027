"""`python -m bot fhir check` asks the server and changes nothing there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.responses import JSONResponse, Response
from typer.testing import CliRunner

from bot.channels.fhir.capabilities import FhirTrouble
from bot.cli import app
from bot.commands.fhir import check
from bot.errors import SettingError
from bot.settings import Settings
from tests.support.fhir_server import CLIENT_SECRET, FhirServer


def test_it_says_what_the_server_can_do_and_that_it_signs_us_in(
    records: FhirServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = len(records.resources)
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["fhir", "check"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "cases to 127.0.0.1, with OAuth2, no quotations",
        "FHIR 4.3.0",
        "can be written: CommunicationRequest, Task, in transactions, created once",
        "sign-in: a token, good for 300 seconds",
    ]
    assert len(records.resources) == stored and records.requests == []


def test_without_a_setting_it_names_it(settings: Settings) -> None:
    with pytest.raises(SettingError, match="FHIR_BASE_URL: is not set"):
        check(Settings())


def test_a_wrong_secret_is_one_line_without_the_secret(records: FhirServer, settings: Settings) -> None:
    wrong = f"not-{CLIENT_SECRET}"
    with pytest.raises(FhirTrouble) as caught:
        check(replace(settings, fhir_client_secret=wrong))
    assert "token: invalid_client" in str(caught.value) and CLIENT_SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response("<html>a portal</html>"), "no CapabilityStatement"),
        (Response("", 404), "answered with 404"),
        (JSONResponse({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}), "'5.0.0'"),
    ],
)
def test_a_server_that_is_none_is_told(
    records: FhirServer, settings: Settings, answer: Response, words: str
) -> None:
    async def other(method: str, path: str) -> Response | None:
        return answer

    records.before = other
    with pytest.raises(FhirTrouble, match=words):
        check(settings)


def test_nobody_there_is_told(settings: Settings) -> None:
    with pytest.raises(FhirTrouble, match="no connection"):
        check(replace(settings, fhir_base_url="http://127.0.0.1:9/fhir"))
