"""A local stand-in for a clinic's FHIR R4B server and its token endpoint. It is stricter than most: what FHIR does not
allow is refused and remembered in `faults`, which every test expects to be empty."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn
from fhir.resources.R4B import construct_fhir_element
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.fhir_codes import problems_of
from tests.support.servers import free_port, serving

CLIENT_ID, CLIENT_SECRET = "assistant", "s3cret/with+odd=characters"
SCOPE = "system/Task.write system/CommunicationRequest.write"
TYPES = ("Task", "CommunicationRequest")
FHIR_JSON = "application/fhir+json"

Script = Callable[[str, str], Awaitable[Response | None]]


async def willing(method: str, path: str) -> Response | None:
    """The server does what it is asked."""
    return None


class NotDone(Exception):
    """A transaction that fails as a whole."""

    def __init__(self, status: int, code: str, words: str = "diagnostics with a name: Pat Example") -> None:
        super().__init__(words)
        self.status, self.code = status, code


@dataclass
class FhirServer:
    """`before` decides what a request gets instead of being done; `after`, what is answered once it is done."""

    token_needed: bool = True
    versions: bool = True
    names_places: bool = True
    token_seconds: int = 300
    before: Script = willing
    after: Script = willing
    token_answer: Callable[[], Response | None] = lambda: None
    statement: dict[str, Any] = field(default_factory=dict)
    resources: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    tokens: dict[str, float] = field(default_factory=dict)
    tokens_given: int = 0
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base_url = self.token_url = ""
        self._count = 0
        self._lock = threading.Lock()
        self.statement = self.statement or capability_statement()
        self.app = Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route("/fhir/metadata", self._metadata),
                Route("/fhir", self._transaction, methods=["POST"]),
                Route("/fhir/{kind}", self._search),
                Route("/fhir/{kind}/{id}", self._read),
            ]
        )

    @contextlib.contextmanager
    def up(self) -> Iterator[FhirServer]:
        port = free_port()
        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="error", ws="none")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)) as address:
            self.base_url, self.token_url = f"{address}/fhir", f"{address}/token"
            yield self

    def calm(self) -> None:
        """As at the start, but for what is stored."""
        self.before = self.after = willing
        self.token_answer = lambda: None
        self.versions = self.names_places = True
        self.token_seconds = 300
        self.requests.clear()
        self.faults.clear()

    # --- what tests ask and do

    def of_case(self, kind: str, case_id: object) -> list[dict[str, Any]]:
        """The resources of a type that carry a case's identifier, as they stand now."""
        with self._lock:
            return [copy.deepcopy(found) for found in self._matching(kind, f"urn:uuid:{case_id}")]

    def history(self, kind: str, case_id: object) -> list[dict[str, Any]]:
        """All versions of the one resource of a case."""
        (now,) = self.of_case(kind, case_id)
        return copy.deepcopy(self.resources[kind, now["id"]])

    def edit(self, kind: str, case_id: object, **changes: Any) -> None:
        """As somebody at the clinic does in their own program."""
        (now,) = self.of_case(kind, case_id)
        with self._lock:
            self._store({**now, **changes})

    def delete(self, kind: str, case_id: object) -> None:
        (now,) = self.of_case(kind, case_id)
        with self._lock:
            self.gone.add((kind, now["id"]))

    @staticmethod
    def outcome(status: int, code: str, **headers: str) -> Response:
        body = {
            "resourceType": "OperationOutcome",
            "issue": [
                {"severity": "error", "code": code, "diagnostics": "about Pat Example, +1 202 555 0123"}
            ],
        }
        return JSONResponse(body, status, media_type=FHIR_JSON, headers=headers)

    # --- tokens

    async def _token(self, request: Request) -> Response:
        scripted = self.token_answer()
        if scripted is not None:
            return scripted
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        pair = base64.b64decode(given).decode() if scheme == "Basic" else ""
        form = parse_qs((await request.body()).decode())
        if tuple(unquote(part) for part in pair.split(":", 1)) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client", "error_description": f"not {pair}"}, 401)
        if form.get("grant_type") != ["client_credentials"]:
            self.faults.append(f"token: {form}")
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if form.get("scope") != [SCOPE]:
            return JSONResponse({"error": "invalid_scope"}, 400)
        self.tokens_given += 1
        token = f"token-{self.tokens_given}-{'x' * 20}"
        self.tokens[token] = time.monotonic() + self.token_seconds
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds})

    def _refusal(self, request: Request) -> Response | None:
        if not self.token_needed:
            return None
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) < time.monotonic():
            answer = self.outcome(401, "login")
            answer.headers["www-authenticate"] = "Bearer"
            return answer
        return None

    async def _done(self, request: Request, work: Callable[[], Response]) -> Response:
        """Through the door, past the scripts, and noted down."""
        path = request.url.path.removeprefix("/fhir").strip("/")
        if request.headers.get("accept") != FHIR_JSON:
            self.faults.append(f"Accept: {request.headers.get('accept')}")
        answer = await self.before(request.method, path) or self._refusal(request)
        if answer is None:
            with self._lock:
                done = work()
            answer = await self.after(request.method, path) or done
        self.requests.append((request.method, path, answer.status_code))
        return answer

    # --- FHIR

    async def _metadata(self, request: Request) -> Response:
        scripted = await self.before("GET", "metadata")
        return scripted or JSONResponse(self.statement, media_type=FHIR_JSON)

    async def _read(self, request: Request) -> Response:
        kind, resource_id = request.path_params["kind"], request.path_params["id"]

        def work() -> Response:
            versions = self.resources.get((kind, resource_id))
            if versions is None:
                return self.outcome(404, "not-found")
            if (kind, resource_id) in self.gone:
                return self.outcome(410, "deleted")
            headers = {"ETag": f'W/"{len(versions)}"'} if self.versions else {}
            return JSONResponse(self._shown(versions[-1]), headers=headers, media_type=FHIR_JSON)

        return await self._done(request, work)

    async def _search(self, request: Request) -> Response:
        def work() -> Response:
            system, _, value = request.query_params["identifier"].partition("|")
            if system != "urn:ietf:rfc:3986":
                self.faults.append(f"search: {request.url.query}")
            found = [
                {"resource": self._shown(item)} for item in self._matching(request.path_params["kind"], value)
            ]
            body = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": found}
            return JSONResponse(body, media_type=FHIR_JSON)

        return await self._done(request, work)

    async def _transaction(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-type") != FHIR_JSON:
            self.faults.append(f"Content-Type: {request.headers.get('content-type')}")

        def work() -> Response:
            try:
                return JSONResponse(self._committed(json.loads(body)), media_type=FHIR_JSON)
            except NotDone as failed:
                return self.outcome(failed.status, failed.code)

        return await self._done(request, work)

    def _committed(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """All entries or none. Raises NotDone."""
        try:
            construct_fhir_element("Bundle", bundle)
        except ValueError as error:
            raise self._fault(f"Bundle: {error}") from None
        if bundle["type"] != "transaction":
            raise self._fault("Bundle.type")
        places: dict[str, str] = {}
        plan: list[tuple[str, dict[str, Any], str]] = []
        for entry in bundle["entry"]:
            kind, resource_id, done = self._planned(entry)
            if entry["fullUrl"] in places:
                raise self._fault("bdl-7: fullUrl twice")
            places[entry["fullUrl"]] = f"{kind}/{resource_id}"
            plan.append((done, entry["resource"], resource_id))
        answers = []
        for done, resource, resource_id in plan:
            # References within the transaction become those of what was made.
            linked = json.loads(_replaced(json.dumps(resource), places))
            kind = resource["resourceType"]
            if done != "200 OK":
                self._store({**linked, "id": resource_id})
            version = len(self.resources[kind, resource_id])
            answer = {"status": done.replace("PUT", "200 OK"), "etag": f'W/"{version}"'}
            if self.names_places:
                answer["location"] = f"{kind}/{resource_id}/_history/{version}"
            answers.append({"response": answer})
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}

    def _planned(self, entry: dict[str, Any]) -> tuple[str, str, str]:
        """Type, id, and what will be done. Raises NotDone."""
        resource, request = entry["resource"], entry["request"]
        kind = resource["resourceType"]
        if kind not in TYPES:
            raise self._fault(f"a {kind}")
        try:
            construct_fhir_element(kind, copy.deepcopy(resource))
        except ValueError as error:
            raise self._fault(f"{kind}: {error}") from None
        if wrong := problems_of(resource):
            raise self._fault(f"{kind}: {wrong}")
        if request["method"] == "POST":
            if request["url"] != kind or "id" in resource or not entry["fullUrl"].startswith("urn:uuid:"):
                raise self._fault(f"POST {request['url']}")
            name, _, value = request["ifNoneExist"].partition("=")
            system, _, value = unquote(value).partition("|")
            if (name, system) != ("identifier", "urn:ietf:rfc:3986"):
                raise self._fault(f"ifNoneExist: {request['ifNoneExist']}")
            found = self._matching(kind, value)
            if len(found) > 1:
                raise NotDone(412, "multiple-matches")
            if found:
                return kind, str(found[0]["id"]), "200 OK"
            self._count += 1
            return kind, f"{kind[0].lower()}{self._count}", "201 Created"
        if request["method"] != "PUT" or request["url"] != f"{kind}/{resource.get('id')}":
            raise self._fault(f"{request['method']} {request['url']}")
        if entry["fullUrl"] != f"{self.base_url}/{request['url']}":
            raise self._fault(f"fullUrl {entry['fullUrl']}")
        place = (kind, resource["id"])
        if place not in self.resources or place in self.gone:
            raise NotDone(404, "not-found")
        if self.versions and request.get("ifMatch") != f'W/"{len(self.resources[place])}"':
            raise NotDone(412, "conflict")
        return kind, resource["id"], "PUT"

    def _fault(self, problem: str) -> NotDone:
        self.faults.append(problem)
        return NotDone(422, "invalid")

    def _store(self, resource: dict[str, Any]) -> None:
        self.resources.setdefault((resource["resourceType"], resource["id"]), []).append(resource)

    def _matching(self, kind: str, value: str) -> list[dict[str, Any]]:
        return [
            versions[-1]
            for place, versions in self.resources.items()
            if place[0] == kind
            and place not in self.gone
            and any(item.get("value") == value for item in versions[-1].get("identifier", []))
        ]

    def _shown(self, resource: dict[str, Any]) -> dict[str, Any]:
        place = (resource["resourceType"], resource["id"])
        version = {"versionId": str(len(self.resources[place]))} if self.versions else {}
        return {**resource, "meta": {**version, "lastUpdated": "2026-11-23T09:30:00Z"}}


def _replaced(text: str, places: dict[str, str]) -> str:
    for full_url, place in places.items():
        if full_url.startswith("urn:uuid:"):
            text = text.replace(f'"{full_url}"', f'"{place}"')
    return text


def capability_statement(**changes: Any) -> dict[str, Any]:
    """Of a server that can do all that is needed."""
    interactions = [{"code": code} for code in ("create", "read", "update", "search-type")]
    resources = [
        {"type": kind, "interaction": copy.deepcopy(interactions), "conditionalCreate": True}
        for kind in TYPES
    ]
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.3.0",
        "rest": [{"mode": "server", "interaction": [{"code": "transaction"}], "resource": resources}],
        **changes,
    }


async def slow(method: str, path: str) -> Response | None:
    """Longer than anybody waits."""
    await asyncio.sleep(30)
    return None
