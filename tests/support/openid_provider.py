"""A strict OpenID Connect provider over real HTTP. Whatever a client does wrong is refused and kept in `faults`.

`person` is who is signed in there. `distort` changes the claims of the next tokens, `forge` replaces the whole token.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.servers import free_port, serving

CLIENT_ID = "care-desk"
CLIENT_SECRET = "client-secret-for-tests"

Key = RSAKey | ECKey


class OpenIdProvider:
    """One client, registered with one return address; codes are good for one use and one minute."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}/clinic"
        self.redirect_uri = ""
        self.person: dict[str, Any] = {}
        self.user_info: dict[str, Any] = {}
        self.distort: Callable[[dict[str, Any]], None] = lambda claims: None
        self.forge: Callable[[dict[str, Any]], str | None] | None = None
        self.public_client = False
        self.broken = ""
        self.asked_for_keys = 0
        self.faults: list[str] = []
        self.authorization: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._used: set[str] = set()
        self._tokens: set[str] = set()
        self.rotate("RS256")

    def rotate(self, algorithm: str) -> None:
        """A new key; the one before is published no longer."""
        self.algorithm = algorithm
        kid = secrets.token_hex(4)
        parameters = {"kid": kid, "alg": algorithm, "use": "sig"}
        self.key: Key = (
            RSAKey.generate_key(2048, parameters)
            if algorithm == "RS256"
            else ECKey.generate_key("P-256", parameters)
        )

    @property
    def app(self) -> Starlette:
        base = "/clinic"
        return Starlette(
            routes=[
                Route(base + "/.well-known/openid-configuration", self._discovery),
                Route(base + "/keys", self._keys),
                Route(base + "/authorize", self._authorize),
                Route(base + "/token", self._token, methods=["POST"]),
                Route(base + "/user-info", self._user_info),
            ]
        )

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        config = uvicorn.Config(self.app, host="127.0.0.1", port=self.port, log_level="error", ws="none")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)):
            yield

    async def _discovery(self, request: Request) -> Response:
        if self.broken == "discovery":
            return Response("<html>maintenance</html>", 503)
        return JSONResponse(
            {
                "issuer": "https://elsewhere.example" if self.broken == "issuer" else self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/keys",
                "userinfo_endpoint": self.issuer + "/user-info",
                "response_types_supported": ["code"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        self.asked_for_keys += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.authorization = query
        wrong = [
            name
            for name, right in (
                ("response_type", query.get("response_type") == "code"),
                ("client_id", query.get("client_id") == CLIENT_ID),
                ("redirect_uri", query.get("redirect_uri") == self.redirect_uri),
                ("scope", "openid" in query.get("scope", "").split()),
                ("state", len(query.get("state", "")) >= 32),
                ("nonce", len(query.get("nonce", "")) >= 32),
                ("code_challenge_method", query.get("code_challenge_method") == "S256"),
                ("code_challenge", len(query.get("code_challenge", "")) == 43),
            )
            if not right
        ]
        if wrong:
            self.faults.append(f"authorize: {wrong}")
            return Response(f"wrong: {wrong}", 400)
        code = secrets.token_urlsafe(24)
        self._codes[code] = {**query, "at": str(time.monotonic())}
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        if self.broken == "refuses":
            answer = {"error": "access_denied", "state": query["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        if self.broken == "token":
            return Response("", 502)
        form = {key: str(value) for key, value in (await request.form()).items()}
        fault = self._client_fault(request, form)
        if fault:
            self.faults.append(f"token: {fault}")
            return JSONResponse({"error": "invalid_client"}, 401)
        code = form.get("code", "")
        asked = self._codes.pop(code, None)
        if asked is None:
            self._used.add(code)
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
            or time.monotonic() - float(asked["at"]) > 60
        ):
            self.faults.append("token: grant")
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(24)
        self._tokens.add(access_token)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 60}
        token = self._id_token(asked["nonce"])
        return JSONResponse(answer if token is None else {**answer, "id_token": token})

    def _client_fault(self, request: Request, form: dict[str, str]) -> str:
        sent = request.headers.get("authorization", "")
        if self.public_client:
            return "" if not sent and form.get("client_id") == CLIENT_ID else "public client"
        right = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return "" if sent == f"Basic {right}" else "client authentication"

    def _id_token(self, nonce: str) -> str | None:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
        }
        self.distort(claims)
        if self.forge is not None:
            return self.forge(claims)
        return self.signed(claims)

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, [self.algorithm])

    async def _user_info(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            self.faults.append("user info: token")
            return Response("", 401)
        return JSONResponse({"sub": self.person["sub"], **self.user_info})
