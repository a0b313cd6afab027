"""Signing in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import users
from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.gateway.desk.guard import STALE_FORM, DeskRoute, Guard
from bot.gateway.desk.page_links import after_sign_in
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.sign_in import (
    FORM_FIELD,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    drop_cookie,
    new_visitor,
    set_cookie,
)
from bot.gateway.rate_limit import Buckets, Rate

TRIES: Final = Rate(burst=5, per_second=1 / 30)
TRIES_OF_ADDRESS: Final = Rate(burst=30, per_second=1 / 5)
WRONG: Final = "The email address or the password is not right."


@dataclass(frozen=True)
class SignInPages:
    """/desk/sign-in and /desk/sign-out"""

    parts: DeskParts
    tries: Buckets = dataclass_field(default_factory=lambda: Buckets(TRIES))
    tries_of_address: Buckets = dataclass_field(default_factory=lambda: Buckets(TRIES_OF_ADDRESS))

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [
            guard.open_route("/desk/sign-in", self.ask_to_sign_in),
            guard.open_route("/desk/sign-in", self.sign_in, method="POST"),
            guard.route("/desk/sign-out", self.sign_out, Right.OWN_ACCOUNT, method="POST"),
        ]

    async def ask_to_sign_in(self, request: Request) -> Response:
        """GET /desk/sign-in"""
        return self._sign_in_page(request, 200, "")

    async def sign_in(self, request: Request) -> Response:
        """POST /desk/sign-in"""
        form = await read_form(request)
        if not self.parts.forms.valid(form.get(FORM_FIELD), request.cookies.get(VISITOR_COOKIE, "")):
            return self._sign_in_page(request, 403, STALE_FORM)
        email, password = field(form, "email").lower(), field(form, "password")
        address = request.client.host if request.client else ""
        wait = self.tries_of_address.take(address) or self.tries.take(email)
        if wait:
            page = self._sign_in_page(request, 429, f"Too many tries. Wait {wait} seconds and try again.")
            page.headers["Retry-After"] = str(wait)
            return page
        token = await run_in_threadpool(self._start_session, email, password)
        if token is None:
            return self._sign_in_page(request, 401, WRONG)
        response = RedirectResponse(after_sign_in(request), 303)
        set_cookie(response, request, SESSION_COOKIE, token)
        drop_cookie(response, VISITOR_COOKIE)
        return response

    def _start_session(self, email: str, password: str) -> str | None:
        with self.parts.database.transaction() as session:
            user = users.verify_password(session, email, password)
            return None if user is None else users.start_session(session, user, self.parts.clock())

    def _sign_in_page(self, request: Request, status: int, message: str) -> Response:
        visitor = request.cookies.get(VISITOR_COOKIE) or new_visitor()
        page = self.parts.page(
            request, "sign_in.html", status, message=message, csrf=self.parts.forms.issue(visitor)
        )
        set_cookie(page, request, VISITOR_COOKIE, visitor)
        return page

    async def sign_out(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/sign-out"""
        await run_in_threadpool(self._end_session, request.cookies[SESSION_COOKIE])
        response = RedirectResponse("/desk/sign-in", 303)
        drop_cookie(response, SESSION_COOKIE)
        return response

    def _end_session(self, token: str) -> None:
        with self.parts.database.transaction() as session:
            users.end_session(session, token)
