"""The record system's HTTP side: requests with a token that is kept, and renewed once when it is refused."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from bot.channels.fhir.failures import retry_after
from bot.channels.fhir.setup import FhirSetup
from bot.channels.sending import TryLater

log = logging.getLogger(__name__)

FHIR_JSON: Final = "application/fhir+json"
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
CONNECTIONS: Final = 16
LEEWAY_SECONDS: Final = 30
_CLIENT_CREDENTIALS: Final = "client_credentials"
_CODE: Final = re.compile(r"[a-z_]{1,40}")


class FhirClient:
    """Asks the record system. It raises TryLater when there is no answer or no token; any answer is handed back."""

    def __init__(self, setup: FhirSetup) -> None:
        # Addresses hold case ids: they do not belong into logs.
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._setup = setup
        self._turn = asyncio.Lock()
        transport: dict[str, Any] = {
            "timeout": httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            "limits": httpx2.Limits(max_connections=CONNECTIONS),
            "trust_env": False,
        }
        if setup.token_url:
            self._http: httpx2.AsyncClient = AsyncOAuth2Client(
                client_id=setup.client_id,
                client_secret=setup.client_secret,
                scope=setup.scope or None,
                token_endpoint=setup.token_url,
                grant_type=_CLIENT_CREDENTIALS,
                # We look at its age ourselves: what fails there is to be told as a failure of the sign-in.
                leeway=0,
                **transport,
            )
        else:
            self._http = httpx2.AsyncClient(**transport)

    async def close(self) -> None:
        await self._http.aclose()

    async def sign_in(self) -> str:
        """Get a token if one is needed and there is none; what came of it, in a few words. Raises TryLater."""
        if not self._setup.token_url:
            return "no sign-in is set up"
        await self._token(refused=None)
        seconds = self._http.token.get("expires_in")  # type: ignore[attr-defined]
        return (
            f"a token, good for {seconds} seconds"
            if seconds
            else "a token, which does not say how long it is good"
        )

    async def get(self, path: str, **params: str) -> httpx2.Response:
        """Raises TryLater."""
        return await self._ask("GET", path, params=params, headers={"Cache-Control": "no-cache"})

    async def transaction(self, bundle: Mapping[str, Any]) -> httpx2.Response:
        """Raises TryLater."""
        return await self._ask(
            "POST", "", json=bundle, headers={"Content-Type": FHIR_JSON, "Prefer": "return=minimal"}
        )

    async def capabilities(self) -> httpx2.Response:
        """The CapabilityStatement, which needs no token. Raises TryLater."""
        try:
            return await self._send("GET", "metadata", signed=False)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TryLater(f"no connection ({type(error).__name__})") from None

    async def _ask(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        try:
            if not self._setup.token_url:
                return await self._send(method, path, signed=False, **arguments)
            token = await self._token(refused=None)
            response = await self._send(method, path, signed=True, **arguments)
            if response.status_code == 401:
                await self._token(refused=token)
                response = await self._send(method, path, signed=True, **arguments)
            return response
        except AuthlibBaseError as error:
            raise self._no_token(error) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TryLater(f"no connection ({type(error).__name__})") from None

    async def _send(self, method: str, path: str, *, signed: bool, **arguments: Any) -> httpx2.Response:
        headers = {"Accept": FHIR_JSON, **arguments.pop("headers", {})}
        address = f"{self._setup.base_url}/{path}".rstrip("/")
        if self._setup.token_url:
            arguments["withhold_token"] = not signed
        response: httpx2.Response = await self._http.request(method, address, headers=headers, **arguments)
        return response

    async def _token(self, refused: str | None) -> str:
        """The token that is good now; a new one if there is none, or only the one that was refused."""
        async with self._turn:
            held: Any = self._http.token  # type: ignore[attr-defined]
            if held and held.get("access_token") != refused and not held.is_expired(leeway=LEEWAY_SECONDS):
                return str(held["access_token"])
            try:
                fetched = await self._http.fetch_token(  # type: ignore[attr-defined]
                    self._setup.token_url, grant_type=_CLIENT_CREDENTIALS
                )
                return str(fetched["access_token"])
            except AuthlibBaseError as error:
                raise self._no_token(error) from None
            except httpx2.HTTPStatusError as error:
                raise TryLater(
                    f"token: http_{error.response.status_code}", retry_after(error.response)
                ) from None
            except httpx2.HTTPError as error:
                raise TryLater(f"token: no connection ({type(error).__name__})") from None
            except (ValueError, KeyError, TypeError):
                raise TryLater("token: an answer that is none") from None

    @staticmethod
    def _no_token(error: AuthlibBaseError) -> TryLater:
        """Only the code is repeated: descriptions may hold anything."""
        code = error.error if isinstance(error.error, str) and _CODE.fullmatch(error.error) else "refused"
        log.error(
            "the record system gives us no token (%s): look at FHIR_CLIENT_ID and FHIR_CLIENT_SECRET", code
        )
        return TryLater(f"token: {code}")
