"""One's own account: password, second factor, and where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import passwords, second_factor, tries, users
from bot.accounts.errors import PasswordRefused
from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.entrance import Entered, Entrance, failed, too_many
from bot.gateway.desk.guard import SIGN_IN, DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.second_factor_pages import WRONG_CODE
from bot.gateway.desk.sign_in import SESSION_COOKIE
from bot.gateway.desk.sign_in_pages import slowed_down
from bot.gateway.desk.view import Moment
from bot.gateway.desk.words import ROLES
from bot.secret_tokens import hash_token

ACCOUNT: Final = "/desk/account"
DONE: Final = {"password": "Your password is changed. Other sessions have ended."}
WRONG_PASSWORD: Final = "Your present password is not right."


@dataclass(frozen=True)
class SessionRow:
    started: Moment
    seen: Moment
    second_factor: bool
    this_one: bool


@dataclass(frozen=True)
class AccountPages:
    """/desk/account"""

    parts: DeskParts
    entrance: Entrance

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        own = Right.OWN_ACCOUNT
        return [
            guard.route(ACCOUNT, self.show, own),
            guard.route(ACCOUNT + "/password", self.change_password, own, method="POST"),
            guard.route(ACCOUNT + "/recovery-codes", self.renew_codes, own, method="POST"),
            guard.route(ACCOUNT + "/sign-out-everywhere", self.sign_out_everywhere, own, method="POST"),
        ]

    async def show(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/account"""
        return await self._page(request, user, 200, done=DONE.get(request.query_params.get("done", ""), ""))

    async def _page(
        self, request: Request, user: DeskUser, status: int, *, done: str = "", problem: str = ""
    ) -> Response:
        token = self.parts.cookies.get(request, SESSION_COOKIE)
        found = await run_in_threadpool(self._found, user, token)
        return self.parts.page(
            request, "account.html", status, done=done, problem=problem, role=ROLES[user.role.value], **found
        )

    def _found(self, user: DeskUser, token: str) -> dict[str, Any]:
        idle = timedelta(minutes=self.parts.settings.desk_idle_minutes)
        with self.parts.database.transaction() as session:
            open_sessions = users.sessions_of(session, user.id, self.parts.clock(), idle)
            return {
                "sessions": [
                    SessionRow(
                        Moment.of(row.created_at),
                        Moment.of(row.last_seen_at),
                        row.second_factor,
                        bytes(row.token_hash) == hash_token(token),
                    )
                    for row in open_sessions
                ],
                "has_password": self.parts.settings.desk_passwords and users.has_password(session, user.id),
                "has_second_factor": second_factor.is_set_up(session, user.id),
                "codes_left": second_factor.codes_left(session, user.id),
            }

    async def change_password(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/account/password"""
        form = await read_form(request)
        present, wanted, again = (field(form, name) for name in ("present", "wanted", "again"))
        if wanted != again:
            return await self._page(request, user, 422, problem="The two new passwords differ.")
        try:
            passwords.check(wanted, user.email)
        except PasswordRefused as refused:
            return await self._page(request, user, 422, problem=f"{refused}.")
        wait, key = await run_in_threadpool(
            self.entrance.wait, request, "present password", str(user.id), user.email
        )
        if wait:
            return slowed_down(await self._page(request, user, 429, problem=too_many(wait)), wait)
        proved = bool(request.state.desk_session.second_factor)
        entered = await run_in_threadpool(self._change, user, present, wanted, key, proved)
        if entered is None:
            return await self._page(request, user, 401, problem=WRONG_PASSWORD)
        response = RedirectResponse(ACCOUNT + "?done=password", 303)
        self.entrance.give_cookies(response, request, entered)
        return response

    def _change(self, user: DeskUser, present: str, wanted: str, key: bytes, proved: bool) -> Entered | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            may = self.parts.settings.desk_passwords
            if not may or users.verify_password(session, user.email, present) is None:
                failed(session, user.email, "present_password", now)
                return None
            tries.succeeded(session, key, now)
            users.set_password(session, user.id, wanted)
            users.end_sessions_of(session, user.id)
            entered = self.entrance.enter(session, user, "password_changed", proved=proved)
            record(session, Entry(user.email, "account_password_changed", "account", user.email), now)
            return entered

    async def renew_codes(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/account/recovery-codes"""
        code = field(await read_form(request), "code")
        wait, key = await run_in_threadpool(self.entrance.wait, request, "code", str(user.id), user.email)
        if wait:
            return slowed_down(await self._page(request, user, 429, problem=too_many(wait)), wait)
        codes = await run_in_threadpool(self._renew, user, code, key)
        if codes is None:
            return await self._page(request, user, 401, problem=WRONG_CODE)
        return self.parts.page(request, "recovery_codes.html", codes=codes, onward=ACCOUNT)

    def _renew(self, user: DeskUser, code: str, key: bytes) -> list[str] | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            if second_factor.prove(session, self.entrance.secrets, user.id, code, now) is None:
                failed(session, user.email, "code", now)
                return None
            tries.succeeded(session, key, now)
            codes = second_factor.new_recovery_codes(session, user.id)
            record(session, Entry(user.email, "second_factor_codes_renewed", "account", user.email), now)
            return codes

    async def sign_out_everywhere(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/account/sign-out-everywhere"""
        await run_in_threadpool(self._end_all, user)
        response = RedirectResponse(SIGN_IN, 303)
        self.parts.cookies.drop(response, request, SESSION_COOKIE)
        return response

    def _end_all(self, user: DeskUser) -> None:
        with self.parts.database.transaction() as session:
            ended = users.end_sessions_of(session, user.id)
            entry = Entry(user.email, "signed_out", "account", user.email, {"sessions": ended})
            record(session, entry, self.parts.clock())
