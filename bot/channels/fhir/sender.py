"""The way to the record system: each case as two resources that are made once and then follow the case."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import httpx2

from bot.cases import repository as cases
from bot.cases.domain import Case, State
from bot.cases.service import CASE_ALERT, CASE_ALERT_UPDATE
from bot.channels.fhir.client import FhirClient
from bot.channels.fhir.failures import failure_of, needs_operator, problem_of
from bot.channels.fhir.resources import TYPES, Json, changes, creation, identifier_of
from bot.channels.fhir.setup import NAME, FhirSetup
from bot.channels.sending import Outgoing, Refused, TryLater
from bot.database import Database
from bot.outbox import repository as outbox

log = logging.getLogger(__name__)

_LOCATION: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?")
_CHANGED_MEANWHILE: Final = frozenset({409, 412})
_GONE: Final = frozenset({404, 410})
_TRIES: Final = 2


class _Gone(Exception):
    """Somebody has deleted a resource in the record system."""


class FhirSender:
    """Sends case alerts and their updates. Each brings the record system to the case as it is: repeats do no harm."""

    def __init__(self, setup: FhirSetup, database: Database) -> None:
        self._setup = setup
        self._database = database
        self._client = FhirClient(setup)

    def parts(self, outgoing: Outgoing) -> Sequence[Any]:
        return [outgoing.delivery.kind]

    async def send(self, outgoing: Outgoing, part: Any) -> str:
        """The ids at the record system. Raises TryLater, Refused."""
        case_id = outgoing.delivery.case_id
        if part not in (CASE_ALERT, CASE_ALERT_UPDATE) or case_id is None:
            raise Refused(f"nothing is known of the kind {part}")
        case, ids = await asyncio.to_thread(self._read, case_id)
        if ids:
            try:
                return await self._update(case, ids)
            except _Gone:
                if case.state is State.RESOLVED:
                    return _written(ids)
        ids, all_new = await self._create(case)
        if all_new:
            return _written(ids)
        try:
            return await self._update(case, ids)
        except _Gone:
            raise TryLater("not readable yet") from None

    async def typing(self, recipient: str) -> None:
        """Nobody watches."""

    async def close(self) -> None:
        await self._client.close()
        self._database.dispose()

    def _read(self, case_id: UUID) -> tuple[Case, dict[str, str]]:
        """The case as it stands, and the ids of its resources, empty as long as we know of none."""
        with self._database.transaction() as session:
            case = cases.by_id(session, case_id)
            if case is None:
                raise Refused("there is no such case")
            told = (CASE_ALERT_UPDATE, CASE_ALERT)
            sent = [
                found for kind in told for found in outbox.provider_ids_of(session, NAME, kind, case_id)[-1:]
            ]
        return case, _ids(sent[0].split()) if sent else {}

    # --- making them

    async def _create(self, case: Case) -> tuple[dict[str, str], bool]:
        """The ids, and whether both resources are new."""
        response = await self._client.transaction(creation(case, self._setup))
        if response.status_code == 412:
            # Two of them carry this case's identifier: a person has to say which one it is.
            raise Refused(problem_of(response))
        entries = self._entries(response)
        places = [str(entry.get("location", "")) for entry in entries]
        try:
            ids = _ids(places)
        except TryLater:
            ids = {kind: await self._search(kind, case.id) for kind in TYPES}
        return ids, all(str(entry.get("status", "")).startswith("201") for entry in entries)

    def _entries(self, response: httpx2.Response) -> list[Json]:
        body = self._body(response, "Bundle")
        entries = [entry.get("response") for entry in body.get("entry") or () if isinstance(entry, dict)]
        found = [entry for entry in entries if isinstance(entry, dict)]
        if len(found) != len(TYPES):
            raise TryLater("an answer that is no transaction's")
        return found

    async def _search(self, kind: str, case_id: UUID) -> str:
        """For servers that do not say what they have found."""
        response = await self._client.get(kind, identifier=identifier_of(case_id))
        for entry in self._body(response, "Bundle").get("entry") or ():
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and resource.get("resourceType") == kind and resource.get("id"):
                return str(resource["id"])
        raise TryLater("not to be found yet")

    # --- keeping them

    async def _update(self, case: Case, ids: dict[str, str]) -> str:
        """Raises _Gone."""
        for _ in range(_TRIES):
            found = dict(
                zip(TYPES, await asyncio.gather(*(self._get(kind, ids[kind]) for kind in TYPES)), strict=True)
            )
            bundle = changes(found, case, self._setup, self._setup.base_url)
            if bundle is None:
                return _written(ids)
            response = await self._client.transaction(bundle)
            if response.status_code not in _CHANGED_MEANWHILE:
                self._body(response, "Bundle")
                return _written(ids)
        raise TryLater(problem_of(response))

    async def _get(self, kind: str, resource_id: str) -> tuple[Json, str]:
        """A resource and its version. Raises _Gone."""
        response = await self._client.get(f"{kind}/{resource_id}")
        if response.status_code in _GONE:
            raise _Gone
        resource = self._body(response, kind)
        if resource.get("id") != resource_id:
            raise TryLater("an answer about something else")
        return resource, str((resource.get("meta") or {}).get("versionId") or "")

    def _body(self, response: httpx2.Response, kind: str) -> Json:
        """The resource in a good answer. Raises TryLater, Refused."""
        if not response.is_success:
            if needs_operator(response):
                log.error("the record system refuses us (%s): see docs/fhir.md", problem_of(response))
            raise failure_of(response)
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or body.get("resourceType") != kind:
            raise TryLater(f"an answer that is no {kind}")
        return body


def _ids(places: Sequence[str]) -> dict[str, str]:
    """From `Task/12`, or an address that ends so. Raises TryLater unless there is one of each type."""
    found = {match[1]: match[2] for place in places if (match := _LOCATION.fullmatch(place))}
    if set(found) != set(TYPES):
        raise TryLater("an answer that does not name what was made")
    return found


def _written(ids: dict[str, str]) -> str:
    return " ".join(f"{kind}/{ids[kind]}" for kind in TYPES)
