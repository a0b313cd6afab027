"""Can the record system do what we ask of it? What its CapabilityStatement says, without trying."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.channels.fhir.client import FhirClient
from bot.channels.fhir.resources import TYPES
from bot.channels.fhir.setup import FhirSetup
from bot.channels.sending import TryLater
from bot.errors import AssistantError

# R4B, and R4, in which our resources are the same.
_VERSIONS: Final = re.compile(r"4\.(?:3|0)\.\d+")
_NEEDED: Final = ("create", "read", "update", "search-type")


class FhirTrouble(AssistantError):
    """The record system cannot be used as it is set up."""


async def ask_record_system(setup: FhirSetup) -> list[str]:
    """What it says and whether it signs us in, a line each. Raises FhirTrouble."""
    client = FhirClient(setup)
    try:
        response = await client.capabilities()
        if not response.is_success:
            raise FhirTrouble(
                f"FHIR_BASE_URL: metadata is answered with {response.status_code}. Look at the address"
            )
        try:
            statement = response.json()
        except ValueError:
            statement = None
        lines = read_statement(statement)
        return [*lines, f"sign-in: {await client.sign_in()}"]
    except TryLater as error:
        raise FhirTrouble(
            f"FHIR: {error}. Look at FHIR_BASE_URL and FHIR_TOKEN_URL, their id and secret"
        ) from None
    finally:
        await client.close()


def read_statement(statement: Any) -> list[str]:
    """What is good about a CapabilityStatement. Raises FhirTrouble naming all that is missing."""
    if not isinstance(statement, Mapping) or statement.get("resourceType") != "CapabilityStatement":
        raise FhirTrouble(
            "FHIR_BASE_URL: metadata is no CapabilityStatement. Give the base address of a FHIR server"
        )
    version = str(statement.get("fhirVersion", "unknown"))
    if not _VERSIONS.fullmatch(version):
        raise FhirTrouble(
            f"FHIR_BASE_URL: it speaks FHIR {version[:20]!r}. An R4 (4.0) or R4B (4.3) endpoint is needed"
        )
    server = next((rest for rest in _items(statement, "rest") if rest.get("mode") == "server"), {})
    missing = []
    if "transaction" not in _codes(server):
        missing.append("transactions")
    resources = {str(resource.get("type")): resource for resource in _items(server, "resource")}
    for kind in TYPES:
        resource = resources.get(kind)
        if resource is None:
            missing.append(kind)
            continue
        missing += [f"{kind} {needed}" for needed in _NEEDED if needed not in _codes(resource)]
        if resource.get("conditionalCreate") is not True:
            missing.append(f"{kind} conditional create")
    if missing:
        raise FhirTrouble(
            f"FHIR_BASE_URL: the server does not offer {', '.join(missing)}. Ask its administrator"
        )
    return [f"FHIR {version}", f"can be written: {', '.join(TYPES)}, in transactions, created once"]


def _items(of: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = of.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _codes(of: Mapping[str, Any]) -> set[str]:
    return {str(item.get("code")) for item in _items(of, "interaction")}
