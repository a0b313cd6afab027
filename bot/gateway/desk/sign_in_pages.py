"""Signing in with a password, and out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import tries, users
from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.entrance import Entered, Entrance, failed, too_many
from bot.gateway.desk.guard import SIGN_IN, STALE_FORM, DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.sign_in import FORM_FIELD, SESSION_COOKIE, VISITOR_COOKIE, new_visitor

WRONG: Final = "The email address or the password is not right."
NO_PASSWORDS: Final = "Passwords are switched off here. Use your clinic's sign-in."


@dataclass(frozen=True)
class SignInPages:
    """/desk/sign-in and /desk/sign-out"""

    parts: DeskParts
    entrance: Entrance

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [
            guard.open_route(SIGN_IN, self.ask_to_sign_in),
            guard.open_route(SIGN_IN, self.sign_in, method="POST"),
            guard.route("/desk/sign-out", self.sign_out, Right.OWN_ACCOUNT, method="POST", early=True),
        ]

    async def ask_to_sign_in(self, request: Request) -> Response:
        """GET /desk/sign-in"""
        return sign_in_page(self.parts, request, 200, "")

    async def sign_in(self, request: Request) -> Response:
        """POST /desk/sign-in"""
        form = await read_form(request)
        visitor = self.parts.cookies.get(request, VISITOR_COOKIE)
        if not self.parts.forms.valid(form.get(FORM_FIELD), visitor):
            return sign_in_page(self.parts, request, 403, STALE_FORM)
        if not self.parts.settings.desk_passwords:
            return sign_in_page(self.parts, request, 403, NO_PASSWORDS)
        email, password = field(form, "email").strip().lower(), field(form, "password")
        wait, key = await run_in_threadpool(self.entrance.wait, request, "password", email, email)
        if wait:
            return slowed_down(sign_in_page(self.parts, request, 429, too_many(wait)), wait)
        entered = await run_in_threadpool(self._enter, request, email, password, key)
        if entered is None:
            return sign_in_page(self.parts, request, 401, WRONG)
        return self.entrance.welcome(request, entered)

    def _enter(self, request: Request, email: str, password: str, key: bytes) -> Entered | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            user = users.verify_password(session, email, password)
            if user is None:
                known = users.names_of(session, [email])
                failed(session, email if known else "unknown", "password", now)
                return None
            tries.succeeded(session, key, now)
            old = self.parts.cookies.get(request, SESSION_COOKIE)
            return self.entrance.enter(session, user, "password", proved=False, old_token=old)

    async def sign_out(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/sign-out"""
        await run_in_threadpool(self._end_session, self.parts.cookies.get(request, SESSION_COOKIE), user)
        response = RedirectResponse(SIGN_IN, 303)
        self.parts.cookies.drop(response, request, SESSION_COOKIE)
        return response

    def _end_session(self, token: str, user: DeskUser) -> None:
        with self.parts.database.transaction() as session:
            users.end_session(session, token)
            record(session, Entry(user.email, "signed_out", "account", user.email), self.parts.clock())


def sign_in_page(parts: DeskParts, request: Request, status: int, message: str) -> Response:
    """The form, bound to this browser by a cookie."""
    visitor = parts.cookies.get(request, VISITOR_COOKIE) or new_visitor()
    page = parts.page(
        request,
        "sign_in.html",
        status,
        message=message,
        csrf=parts.forms.issue(visitor),
        passwords=parts.settings.desk_passwords,
        clinic=bool(parts.settings.oidc_issuer),
    )
    parts.cookies.set(page, request, VISITOR_COOKIE, visitor)
    return page


def slowed_down(page: Response, wait: timedelta) -> Response:
    """Says when to come back to what is no person, too."""
    page.headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return page
