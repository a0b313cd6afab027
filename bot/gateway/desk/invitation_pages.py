"""The link that an administrator hands on: whoever opens it chooses a password, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import management
from bot.accounts.errors import PasswordRefused
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.entrance import Entered, Entrance
from bot.gateway.desk.guard import STALE_FORM, DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.sign_in import FORM_FIELD, VISITOR_COOKIE, new_visitor

# The token stands in the query: paths are logged when something fails, queries never are.
INVITATION: Final = "/desk/invitation"
VOID: Final = (
    "This link is not valid any more. Ask whoever manages the accounts of your clinic for a new one."
)


@dataclass(frozen=True)
class InvitationPages:
    """/desk/invitation"""

    parts: DeskParts
    entrance: Entrance

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [
            guard.open_route(INVITATION, self.show),
            guard.open_route(INVITATION, self.accept, method="POST"),
        ]

    async def show(self, request: Request) -> Response:
        """GET /desk/invitation?token=…: looking uses nothing up, for programs that look at links in mails."""
        token = request.query_params.get("token", "")
        user = await run_in_threadpool(self._invited, token)
        if user is None:
            return self.parts.failure(request, 404, VOID)
        return self._page(request, 200, user, token, "")

    def _invited(self, token: str) -> DeskUser | None:
        if not self.parts.settings.desk_passwords:
            return None
        with self.parts.database.transaction() as session:
            return management.invited(session, token, self.parts.clock())

    def _page(self, request: Request, status: int, user: DeskUser, token: str, message: str) -> Response:
        visitor = self.parts.cookies.get(request, VISITOR_COOKIE) or new_visitor()
        page = self.parts.page(
            request,
            "invitation.html",
            status,
            message=message,
            invited=user,
            token=token,
            csrf=self.parts.forms.issue(visitor),
        )
        self.parts.cookies.set(page, request, VISITOR_COOKIE, visitor)
        return page

    async def accept(self, request: Request) -> Response:
        """POST /desk/invitation"""
        form = await read_form(request)
        token, wanted, again = (field(form, name) for name in ("token", "wanted", "again"))
        visitor = self.parts.cookies.get(request, VISITOR_COOKIE)
        if not self.parts.forms.valid(form.get(FORM_FIELD), visitor):
            return self.parts.failure(request, 403, STALE_FORM)
        user = await run_in_threadpool(self._invited, token)
        if user is None:
            return self.parts.failure(request, 404, VOID)
        if wanted != again:
            return self._page(request, 422, user, token, "The two passwords differ.")
        try:
            entered = await run_in_threadpool(self._accept, token, wanted)
        except PasswordRefused as refused:
            return self._page(request, 422, user, token, f"{refused}.")
        if entered is None:
            return self.parts.failure(request, 404, VOID)
        return self.entrance.welcome(request, entered)

    def _accept(self, token: str, wanted: str) -> Entered | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            user = management.accept(session, token, wanted, now)
            if user is None:
                return None
            entered = self.entrance.enter(session, user, "invitation", proved=False)
            record(session, Entry(user.email, "account_invitation_accepted", "account", user.email), now)
            return entered
