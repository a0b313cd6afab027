"""The second step of signing in: the code of an authenticator app, and setting one up."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import second_factor, totp, tries, users
from bot.accounts.roles import Right
from bot.accounts.sealing import Sealer, Unreadable
from bot.accounts.users import DeskSession, DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.entrance import Entered, Entrance, failed, too_many
from bot.gateway.desk.guard import CODE_PAGE, SET_UP_PAGE, DeskRoute, Guard, arrival
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.sign_in import SESSION_COOKIE
from bot.gateway.desk.sign_in_pages import slowed_down

WRONG_CODE: Final = "The code is not right, or it was used already. Wait for the next one and try again."
NEW_CODE_WRONG: Final = (
    "The code of the new app is not right. Check the time on your phone and try the next code."
)
TOO_OLD: Final = "This page was open for too long. Scan the new picture."
_OFFER_SECONDS: Final = 30 * 60


@dataclass(frozen=True)
class SecondFactorPages:
    """/desk/second-factor and /desk/second-factor/set-up"""

    parts: DeskParts
    entrance: Entrance

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        own = Right.OWN_ACCOUNT
        return [
            guard.route(CODE_PAGE, self.ask_for_code, own, early=True),
            guard.route(CODE_PAGE, self.check_code, own, method="POST", early=True),
            guard.route(SET_UP_PAGE, self.offer, own, early=True),
            guard.route(SET_UP_PAGE, self.set_up, own, method="POST", early=True),
        ]

    async def ask_for_code(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/second-factor"""
        found: DeskSession = request.state.desk_session
        if found.second_factor or not found.has_second_factor:
            return RedirectResponse(arrival(request, user, self.parts.cookies), 303)
        return self._code_page(request, 200, "")

    def _code_page(self, request: Request, status: int, message: str) -> Response:
        return self.parts.page(request, "second_factor.html", status, message=message)

    async def check_code(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/second-factor"""
        code = field(await read_form(request), "code")
        wait, key = await run_in_threadpool(self.entrance.wait, request, "code", str(user.id), user.email)
        if wait:
            return slowed_down(self._code_page(request, 429, too_many(wait)), wait)
        token = self.parts.cookies.get(request, SESSION_COOKIE)
        entered = await run_in_threadpool(self._prove, user, code, key, token)
        if entered is None:
            return self._code_page(request, 401, WRONG_CODE)
        return self.entrance.welcome(request, entered)

    def _prove(self, user: DeskUser, code: str, key: bytes, token: str) -> Entered | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            proved = second_factor.prove(session, self.entrance.secrets, user.id, code, now)
            if proved is None:
                failed(session, user.email, "code", now)
                return None
            tries.succeeded(session, key, now)
            return self.entrance.enter(session, user, proved.value, proved=True, old_token=token)

    async def offer(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/second-factor/set-up"""
        found: DeskSession = request.state.desk_session
        if found.has_second_factor and not found.second_factor:
            return RedirectResponse(CODE_PAGE, 303)
        return self._offer_page(request, user, 200, "", totp.new_secret())

    def _offer_page(
        self, request: Request, user: DeskUser, status: int, message: str, secret: str
    ) -> Response:
        found: DeskSession = request.state.desk_session
        address = totp.address_of(secret, user.email, self.parts.settings.clinic_name)
        return self.parts.page(
            request,
            "second_factor_set_up.html",
            status,
            message=message,
            picture=qr_code(address),
            address=address,
            typed=totp.in_groups(secret),
            offer=self._offers.seal([str(user.id), secret]).decode("ascii"),
            has_one=found.has_second_factor,
            required=self.parts.settings.second_factor_required,
        )

    @property
    def _offers(self) -> Sealer:
        return Sealer(self.parts.settings.secret_key, "second factor offered")

    async def set_up(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/second-factor/set-up: counts only with a code of the new app, and one of the app before."""
        found: DeskSession = request.state.desk_session
        if found.has_second_factor and not found.second_factor:
            return RedirectResponse(CODE_PAGE, 303)
        form = await read_form(request)
        try:
            owner, secret = self._offers.open(field(form, "offer"), seconds=_OFFER_SECONDS)
        except Unreadable:
            owner, secret = "", ""
        if owner != str(user.id):
            return self._offer_page(request, user, 422, TOO_OLD, totp.new_secret())
        step = totp.matching_step(secret, field(form, "code"), self.parts.clock(), None)
        if step is None:
            return self._offer_page(request, user, 422, NEW_CODE_WRONG, secret)
        wait, key = timedelta(0), b""
        if found.has_second_factor:
            wait, key = await run_in_threadpool(self.entrance.wait, request, "code", str(user.id), user.email)
        if wait:
            return slowed_down(self._offer_page(request, user, 429, too_many(wait), secret), wait)
        kept = await run_in_threadpool(
            self._keep,
            user,
            secret,
            step,
            field(form, "present_code"),
            key,
        )
        if kept is None:
            return self._offer_page(request, user, 401, WRONG_CODE, secret)
        entered, codes = kept
        page = self.parts.page(
            request,
            "recovery_codes.html",
            codes=codes,
            csrf=self.parts.forms.issue(entered.token),
            onward=arrival(request, user, self.parts.cookies),
        )
        self.entrance.give_cookies(page, request, entered)
        return page

    def _keep(
        self, user: DeskUser, secret: str, step: int, present_code: str, key: bytes
    ) -> tuple[Entered, list[str]] | None:
        now = self.parts.clock()
        box = self.entrance.secrets
        with self.parts.database.transaction() as session:
            # Asked again here: two pages may be open.
            if second_factor.is_set_up(session, user.id):
                if not key or second_factor.prove(session, box, user.id, present_code, now) is None:
                    failed(session, user.email, "code", now)
                    return None
                tries.succeeded(session, key, now)
            codes = second_factor.set_up(session, box, user.id, secret, step, now)
            users.end_sessions_of(session, user.id)
            entered = self.entrance.enter(session, user, "second_factor_set_up", proved=True)
            record(session, Entry(user.email, "second_factor_set_up", "account", user.email), now)
            return entered, codes


def qr_code(address: str) -> Markup:
    """An SVG that our content security policy lets through: no style, no script, dark on white."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file,
        kind="svg",
        scale=5,
        dark="#000000",
        light="#ffffff",
        xmldecl=False,
        svgns=True,
        svgclass="qr",
        lineclass=None,
        nl=False,
        title="QR code with the key for your authenticator app",
    )
    return Markup(file.getvalue().decode("utf-8"))
