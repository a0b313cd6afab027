"""Who gets to a page: every route of the desk names the right that it asks for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.accounts import users
from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.cases.errors import CaseNotFound
from bot.database import DatabaseUnavailable
from bot.gateway.desk.parts import DeskParts, read_form
from bot.gateway.desk.sign_in import FORM_FIELD, SESSION_COOKIE

log = logging.getLogger(__name__)

STALE_FORM: Final = (
    "This form is too old or did not come from this page. Go back, reload the page and try again."
)
NOT_YOURS: Final = "Your account does not open this page. Ask whoever manages the accounts of your clinic."

Endpoint = Callable[[Request], Awaitable[Response]]
SignedInEndpoint = Callable[[Request, DeskUser], Awaitable[Response]]


class DeskRoute(Route):
    """A route and the right it asks for; None only where nobody can be signed in yet."""

    right: Right | None = None


@dataclass(frozen=True)
class Guard:
    """Makes the desk's routes."""

    parts: DeskParts

    def route(
        self,
        path: str,
        endpoint: SignedInEndpoint,
        right: Right,
        method: str = "GET",
        *,
        background: bool = False,
    ) -> DeskRoute:
        """For those who are signed in and have the right; a POST needs the form's token too."""
        route = DeskRoute(path, self._careful(self._allowed(endpoint, right)), methods=[method])
        route.right = right
        return route

    def open_route(self, path: str, endpoint: Endpoint, method: str = "GET") -> DeskRoute:
        """For everybody: the pages on the way in."""
        return DeskRoute(path, self._careful(endpoint), methods=[method])

    def _careful(self, endpoint: Endpoint) -> Endpoint:
        """Failures as a page in plain words."""

        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except CaseNotFound:
                return self.parts.failure(request, 404, "There is no such case.")
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s %s failed (%s)", request.method, request.url.path, type(error).__name__)
                words = "The care desk cannot reach its database. Nothing was changed. Try again in a minute."
                return self.parts.failure(request, 503, words)

        return answered

    def _allowed(self, endpoint: SignedInEndpoint, right: Right) -> Endpoint:
        async def checked(request: Request) -> Response:
            token = request.cookies.get(SESSION_COOKIE, "")
            user = await run_in_threadpool(self._user_of, token)
            if user is None:
                return RedirectResponse("/desk/sign-in", 303)
            request.state.user = user
            if not user.may(right):
                return self.parts.failure(request, 403, NOT_YOURS)
            if request.method == "POST":
                form = await read_form(request)
                if not self.parts.forms.valid(form.get(FORM_FIELD), token):
                    return self.parts.failure(request, 403, STALE_FORM)
            return await endpoint(request, user)

        return checked

    def _user_of(self, token: str) -> DeskUser | None:
        if not token:
            return None
        with self.parts.database.transaction() as session:
            return users.user_of_session(session, token, self.parts.clock())
