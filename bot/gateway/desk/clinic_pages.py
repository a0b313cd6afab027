"""Signing in through the clinic's OpenID Connect provider: out to it, and back."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.clinic_identity import Identity, identity_of
from bot.accounts.clinic_users import Refused, arrive
from bot.accounts.sealing import Sealer, Unreadable
from bot.audit import Entry, record
from bot.gateway.desk.entrance import Entered, Entrance, failed
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.openid import NotAccepted, Provider, ProviderDown, Trip
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import CLINIC_COOKIE, SESSION_COOKIE

log = logging.getLogger(__name__)

START: Final = "/desk/sign-in/clinic"
RETURN: Final = "/desk/sign-in/clinic/return"
TRIP_SECONDS: Final = 600
LONGEST_CODE: Final = 4_000
OFF: Final = "Sign-in through the clinic is not switched on here."
DOWN: Final = "Your clinic's sign-in does not answer just now. Your account is fine. Try again in a minute."
LOST: Final = "This sign-in took too long, or it began in another window. Please begin again."
NOT_ACCEPTED: Final = "Your clinic's sign-in was not completed. Please begin again."
REFUSED: Final[Mapping[str, str]] = {
    "no_role": "Your clinic's account has no role at the care desk. Ask whoever manages the groups of your clinic.",
    "no_address": "Your clinic's sign-in gave no mail address for you, and the care desk needs one.",
    "address_taken": (
        "There is an account with your mail address already, and it cannot be joined with your clinic's sign-in. "
        "Ask whoever manages the accounts."
    ),
    "disabled": "Your account at the care desk is disabled. Ask whoever manages the accounts.",
}


@dataclass(frozen=True)
class ClinicPages:
    """/desk/sign-in/clinic"""

    parts: DeskParts
    entrance: Entrance
    provider: Provider

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [guard.open_route(START, self.go), guard.open_route(RETURN, self.come_back)]

    async def go(self, request: Request) -> Response:
        """GET /desk/sign-in/clinic"""
        if not self.parts.settings.oidc_issuer:
            return self.parts.failure(request, 404, OFF)
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        trip = Trip(state, nonce, verifier, self._return_address(request))
        try:
            address = await self.provider.address(trip)
        except ProviderDown as down:
            return self._down(request, down)
        response = RedirectResponse(address, 303)
        sealed = self._box.seal([trip.state, trip.nonce, trip.verifier, trip.redirect_uri]).decode("ascii")
        self.parts.cookies.set(response, request, CLINIC_COOKIE, sealed, TRIP_SECONDS)
        return response

    async def come_back(self, request: Request) -> Response:
        """GET /desk/sign-in/clinic/return?code=…&state=…"""
        if not self.parts.settings.oidc_issuer:
            return self.parts.failure(request, 404, OFF)
        answer = request.query_params
        try:
            kept = self._box.open(self.parts.cookies.get(request, CLINIC_COOKIE), seconds=TRIP_SECONDS)
            trip = Trip(*kept)
        except Unreadable:
            return self._refused(request, 400, LOST)
        if not hmac.compare_digest(trip.state.encode(), answer.get("state", "").encode()):
            return self._refused(request, 400, LOST)
        code = answer.get("code", "")
        if answer.get("iss", self.parts.settings.oidc_issuer) != self.parts.settings.oidc_issuer:
            return self._refused(request, 400, NOT_ACCEPTED)
        if "error" in answer or not 0 < len(code) <= LONGEST_CODE:
            return self._refused(request, 403, NOT_ACCEPTED)
        try:
            claims = await self.provider.claims(code, trip)
        except ProviderDown as down:
            return self._down(request, down)
        except NotAccepted as refused:
            log.warning("a sign-in through the clinic was not accepted (%s)", refused)
            return self._refused(request, 403, NOT_ACCEPTED)
        old_token = self.parts.cookies.get(request, SESSION_COOKIE)
        entered = await run_in_threadpool(self._enter, self._identity(claims), old_token)
        if isinstance(entered, Refused):
            return self._refused(request, 403, REFUSED[entered.why])
        response = self.entrance.welcome(request, entered)
        self.parts.cookies.drop(response, request, CLINIC_COOKIE)
        return response

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        settings = self.parts.settings
        return identity_of(
            claims,
            role_claim=settings.oidc_role_claim,
            roles=settings.oidc_roles,
            always_second_factor=settings.oidc_second_factor == "always",
            acr=settings.oidc_acr,
        )

    def _enter(self, identity: Identity, old_token: str) -> Entered | Refused:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            arrived = arrive(session, identity)
            if isinstance(arrived, Refused):
                failed(session, "clinic sign-in", arrived.why, now)
                return arrived
            user = arrived.user
            entered = self.entrance.enter(
                session, user, "clinic", proved=identity.second_factor, old_token=old_token
            )
            if arrived.change:
                entry = Entry(
                    "clinic sign-in",
                    f"account_{arrived.change}",
                    "account",
                    user.email,
                    {"role": user.role.value},
                )
                record(session, entry, now)
            return entered

    def _return_address(self, request: Request) -> str:
        return (self.parts.settings.public_url or str(request.base_url).rstrip("/")) + RETURN

    def _down(self, request: Request, down: ProviderDown) -> Response:
        log.error("the clinic's sign-in cannot be used (%s)", down)
        return self.parts.failure(request, 503, DOWN)

    def _refused(self, request: Request, status: int, words: str) -> Response:
        response = self.parts.failure(request, status, words)
        self.parts.cookies.drop(response, request, CLINIC_COOKIE)
        return response

    @property
    def _box(self) -> Sealer:
        return Sealer(self.parts.settings.secret_key, "clinic sign-in")
