"""FHIR's settings: off, on, or refused with the name of what is missing; and what a CapabilityStatement must say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.fhir.capabilities import FhirTrouble, read_statement
from bot.channels.fhir.setup import fhir_setup
from bot.channels.registry import alert_channels, check_channels
from bot.errors import SettingError
from bot.settings import Settings
from tests.support.fhir_server import capability_statement

NONE = Settings(public_url="https://assistant.clinic.example")
OPEN = replace(NONE, fhir_base_url="https://records.clinic.example/fhir")
SIGNED = replace(
    OPEN,
    fhir_token_url="https://id.clinic.example/token",
    fhir_client_id="assistant",
    fhir_client_secret="s3cret/with+odd=characters",
)


def test_unset_it_is_off_and_set_it_takes_alerts() -> None:
    assert fhir_setup(NONE) is None and "fhir" not in alert_channels(NONE)
    assert alert_channels(OPEN) == ("fhir",)
    assert check_channels(OPEN) == "fhir: cases to records.clinic.example, without sign-in, no quotations"
    quoting = replace(SIGNED, fhir_include_evidence=True)
    assert check_channels(quoting) == "fhir: cases to records.clinic.example, with OAuth2, with quotations"


def test_the_secret_is_not_in_what_is_printed() -> None:
    assert SIGNED.fhir_client_secret not in repr(fhir_setup(SIGNED))


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (replace(NONE, fhir_token_url="https://id.clinic.example"), "FHIR_BASE_URL"),
        (replace(NONE, fhir_include_evidence=True), "FHIR_BASE_URL"),
        (replace(NONE, fhir_scope="system/*.*"), "FHIR_BASE_URL"),
        (replace(OPEN, public_url=""), "PUBLIC_URL"),
        (replace(OPEN, fhir_client_id="assistant"), "FHIR_TOKEN_URL"),
        (replace(OPEN, fhir_scope="system/*.*"), "FHIR_TOKEN_URL"),
        (replace(SIGNED, fhir_client_id=""), "FHIR_CLIENT_ID"),
        (replace(SIGNED, fhir_client_secret=""), "FHIR_CLIENT_SECRET"),
    ],
)
def test_a_set_up_by_half_names_what_is_missing(settings: Settings, missing: str) -> None:
    with pytest.raises(SettingError) as caught:
        fhir_setup(settings)
    assert caught.value.setting == missing and "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FHIR_BASE_URL", "http://records.clinic.example/fhir", "not an https address"),
        ("FHIR_BASE_URL", "https://user:hunter2@records.clinic.example/fhir", "more than an address"),
        ("FHIR_BASE_URL", "https://records.clinic.example/fhir?a=hunter2", "more than an address"),
        ("FHIR_TOKEN_URL", "id.clinic.example", "not an https address"),
        ("FHIR_CLIENT_ID", "a b", "not a client's id"),
        ("FHIR_CLIENT_SECRET", "hunter2", "not a client's secret"),
        ("FHIR_SCOPE", "a  b", "not a list of scopes"),
        ("FHIR_INCLUDE_EVIDENCE", "perhaps", "neither true nor false"),
    ],
)
def test_a_wrong_value_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as caught:
        Settings.from_env()
    assert str(caught.value).startswith(f"{name}: ") and words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_this_machine_may_be_reached_without_https(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FHIR_BASE_URL", "http://127.0.0.1:8080/fhir/")
    assert Settings.from_env().fhir_base_url == "http://127.0.0.1:8080/fhir"


@pytest.mark.parametrize("version", ["4.3.0", "4.0.1", "4.0.0"])
def test_a_server_that_can_do_all_of_it(version: str) -> None:
    assert read_statement(capability_statement(fhirVersion=version))[0] == f"FHIR {version}"


def without(kind: str, code: str) -> dict[str, Any]:
    statement = capability_statement()
    for resource in statement["rest"][0]["resource"]:
        if resource["type"] == kind:
            resource["interaction"] = [item for item in resource["interaction"] if item["code"] != code]
    return statement


def no_conditional_create() -> dict[str, Any]:
    statement = capability_statement()
    statement["rest"][0]["resource"][0]["conditionalCreate"] = False
    return statement


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (None, "no CapabilityStatement"),
        ([], "no CapabilityStatement"),
        ({"resourceType": "OperationOutcome"}, "no CapabilityStatement"),
        (capability_statement(fhirVersion="5.0.0"), "'5.0.0'"),
        (capability_statement(fhirVersion="3.0.2"), "'3.0.2'"),
        (capability_statement(rest=None), "transactions, CommunicationRequest, Task"),
        (capability_statement(rest=[{"mode": "client"}]), "transactions"),
        (without("Task", "update"), "does not offer Task update."),
        (without("CommunicationRequest", "create"), "does not offer CommunicationRequest create."),
        (no_conditional_create(), "does not offer Task conditional create."),
    ],
)
def test_a_server_that_cannot_is_told_from_one_that_can(statement: Any, words: str) -> None:
    with pytest.raises(FhirTrouble) as caught:
        read_statement(statement)
    assert words in str(caught.value) and "\n" not in str(caught.value)
