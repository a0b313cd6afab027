"""The clinic's OpenID Connect provider: authorization code with PKCE, state and nonce; its tokens checked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from bot.settings import Settings

log = logging.getLogger(__name__)

SCOPES: Final = "openid email profile"
# Signed with a key that only the provider has; never `none`, never a shared secret.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
CLOCK_SKEW_SECONDS: Final = 120
_KEPT_FOR: Final = timedelta(hours=1)
_TIMEOUT_SECONDS: Final = 10.0
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class ProviderDown(Exception):
    """The provider does not answer, or not as a provider does."""


class NotAccepted(Exception):
    """The provider refused, or its token is not to be believed. The text is a code for the log."""


@dataclass(frozen=True)
class Trip:
    """What one browser takes along to the provider and back. All of it is secret but `state` and `nonce`."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Provider:
    """Safe to share between requests. Its discovery document and keys are kept for an hour."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    async def address(self, trip: Trip) -> str:
        """Where to send the browser. Raises ProviderDown."""
        metadata = await self._discovered()
        extra = {"acr_values": " ".join(self._settings.oidc_acr)} if self._settings.oidc_acr else {}
        async with self._client(metadata, trip.redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=trip.state,
                nonce=trip.nonce,
                code_verifier=trip.verifier,
                **extra,
            )
        return str(url)

    async def claims(self, code: str, trip: Trip) -> dict[str, Any]:
        """What the provider says about the person who came back with this code.

        Raises:
            NotAccepted: it does not know the code, or its token is not for us, not for this trip or not signed by it.
            ProviderDown: it does not answer.
        """
        metadata = await self._discovered()
        async with self._client(metadata, trip.redirect_uri) as client:
            try:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=trip.verifier,
                )
            except OAuthError as error:
                raise NotAccepted(f"token endpoint: {_code(error.error)}") from None
            except (httpx2.HTTPError, ValueError) as error:
                raise ProviderDown(type(error).__name__) from None
            claims = await self._checked(token, trip.nonce)
            if "userinfo_endpoint" in metadata and self._lacks_something(claims):
                claims = {**await self._user_info(client, metadata, claims["sub"]), **claims}
            return claims

    def _lacks_something(self, claims: Mapping[str, Any]) -> bool:
        """Some providers give a lean token and the rest on request."""
        outer = self._settings.oidc_role_claim.partition(".")[0]
        return "email" not in claims or not {outer, self._settings.oidc_role_claim} & claims.keys()

    async def _user_info(
        self, client: AsyncOAuth2Client, metadata: Mapping[str, Any], subject: str
    ) -> dict[str, Any]:
        try:
            response = await client.get(metadata["userinfo_endpoint"])
            found = response.raise_for_status().json()
        except (httpx2.HTTPError, OAuthError, ValueError) as error:
            raise ProviderDown(type(error).__name__) from None
        if not isinstance(found, dict) or found.get("sub") != subject:
            raise NotAccepted("user info of somebody else")
        return found

    async def _checked(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise NotAccepted("no id token")
        try:
            try:
                decoded = jwt.decode(raw, await self._key_set(), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                # The provider may have changed its keys since we asked.
                decoded = jwt.decode(raw, await self._key_set(anew=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self._settings.oidc_issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                    "sub": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=CLOCK_SKEW_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            raise NotAccepted(f"id token: {type(error).__name__}") from None
        return dict(claims)

    async def _discovered(self) -> dict[str, Any]:
        now = self._clock()
        if self._metadata is not None and now - self._metadata[0] < _KEPT_FOR:
            return self._metadata[1]
        issuer = self._settings.oidc_issuer
        found = await self._json(issuer.rstrip("/") + "/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != issuer:
            raise ProviderDown("the discovery document names another issuer")
        if not all(_is_safe(found.get(name)) for name in needed):
            raise ProviderDown("the discovery document lacks an https address")
        self._metadata = (now, found)
        return found

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        now = self._clock()
        if not anew and self._keys is not None and now - self._keys[0] < _KEPT_FOR:
            return self._keys[1]
        metadata = await self._discovered()
        found = await self._json(metadata["jwks_uri"])
        try:
            keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise ProviderDown("unreadable keys") from None
        self._keys = (now, keys)
        return keys

    async def _json(self, url: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=_uses_proxy(url)) as http:
                found = (await http.get(url)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderDown(type(error).__name__) from None
        if not isinstance(found, dict):
            raise ProviderDown("no JSON object")
        return found

    def _client(self, metadata: Mapping[str, Any], redirect_uri: str) -> AsyncOAuth2Client:
        secret = self._settings.oidc_client_secret
        known = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            secret or None,
            token_endpoint_auth_method=method if secret else "none",
            scope=SCOPES,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            # The token is used at once: that it lasts a minute only is no fault.
            leeway=0,
            timeout=_TIMEOUT_SECONDS,
            trust_env=_uses_proxy(metadata["token_endpoint"]),
        )


def _is_safe(url: object) -> bool:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def _uses_proxy(url: str) -> bool:
    return urlsplit(url).hostname not in _LOCAL


def _code(error: object) -> str:
    """An OAuth error code, fit for a log line."""
    text = str(error)
    return text if text.replace("_", "").isalnum() and len(text) < 60 else "unknown error"
