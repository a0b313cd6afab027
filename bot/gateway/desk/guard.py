"""Who gets to a page: every route of the desk names the right that it asks for.

A sign-in has up to two steps. Until the second factor is proved, or set up where it is required, only the routes
marked `early` can be reached: the pages for just that, and signing out.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Match, Route

from bot.accounts import users
from bot.accounts.roles import Right
from bot.accounts.users import DeskSession, DeskUser
from bot.cases.errors import CaseNotFound
from bot.database import DatabaseUnavailable
from bot.gateway.desk.parts import DeskParts, read_form
from bot.gateway.desk.sign_in import FORM_FIELD, SESSION_COOKIE, WANTED_COOKIE, Cookies, sent_by_our_page

log = logging.getLogger(__name__)

STALE_FORM: Final = (
    "This form is too old or did not come from this page. Go back, reload the page and try again."
)
NOT_YOURS: Final = "Your account does not open this page. Ask whoever manages the accounts of your clinic."
SIGN_IN: Final = "/desk/sign-in"
CODE_PAGE: Final = "/desk/second-factor"
SET_UP_PAGE: Final = "/desk/second-factor/set-up"
HOME: Final = "/desk"
# Where somebody lands after the sign-in: the first of these that exists and that the account may open.
LANDINGS: Final = (HOME, "/desk/accounts", "/desk/insight", "/desk/account")
_WANTED_FOR: Final = timedelta(minutes=15)

Endpoint = Callable[[Request], Awaitable[Response]]
SignedInEndpoint = Callable[[Request, DeskUser], Awaitable[Response]]


class DeskRoute(Route):
    """A route and the right it asks for; None only where nobody can be signed in yet."""

    right: Right | None = None


def landing(request: Request, user: DeskUser) -> str:
    """The first page that this person may open."""
    open_to_user = {
        route.path
        for route in request.app.routes
        if isinstance(route, DeskRoute) and route.right is not None and user.may(route.right)
        if route.methods and "GET" in route.methods
    }
    return next(path for path in LANDINGS if path in open_to_user)


def arrival(request: Request, user: DeskUser, cookies: Cookies) -> str:
    """The page that was asked for before the sign-in if this person may open it, else the landing page."""
    wanted = unquote(cookies.get(request, WANTED_COOKIE))
    scope = {"type": "http", "method": "GET", "path": wanted, "root_path": "", "headers": []}
    for route in request.app.routes:
        if isinstance(route, DeskRoute) and route.matches(scope)[0] is Match.FULL:
            return quote(wanted) if route.right and user.may(route.right) else landing(request, user)
    return landing(request, user)


def next_step(found: DeskSession, required: bool) -> str | None:
    """The page to which this sign-in leads before any other; None when it is complete."""
    if found.second_factor:
        return None
    if found.has_second_factor:
        return CODE_PAGE
    return SET_UP_PAGE if required else None


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
        early: bool = False,
        background: bool = False,
    ) -> DeskRoute:
        """For those who are signed in and have the right; a POST needs the form's token too.

        `early`: also before the second factor. `background`: what a page asks for by itself, such as a stream of
        changes; it does not keep a sign-in alive, and a stream ends when the sign-in does.
        """
        allowed = self._allowed(endpoint, right, early, background)
        route = DeskRoute(path, self._careful(path, allowed), methods=[method])
        route.right = right
        return route

    def open_route(self, path: str, endpoint: Endpoint, method: str = "GET") -> DeskRoute:
        """For everybody: the pages on the way in."""
        return DeskRoute(path, self._careful(path, endpoint), methods=[method])

    def _careful(self, path: str, endpoint: Endpoint) -> Endpoint:
        """Failures as a page in plain words; forms from elsewhere are refused."""

        async def answered(request: Request) -> Response:
            try:
                if request.method == "POST" and not sent_by_our_page(request, self.parts.settings.public_url):
                    return self.parts.failure(request, 403, STALE_FORM)
                return await endpoint(request)
            except CaseNotFound:
                return self.parts.failure(request, 404, "There is no such case.")
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s %s failed (%s)", request.method, path, type(error).__name__)
                words = "The care desk cannot reach its database. Nothing was changed. Try again in a minute."
                return self.parts.failure(request, 503, words)

        return answered

    def _allowed(self, endpoint: SignedInEndpoint, right: Right, early: bool, background: bool) -> Endpoint:
        async def checked(request: Request) -> Response:
            token = self.parts.cookies.get(request, SESSION_COOKIE)
            found = await run_in_threadpool(self._session_of, token, not background)
            if found is None:
                return self._to_sign_in(request, background)
            user = found.user
            step = next_step(found, self.parts.settings.second_factor_required)
            if step is not None and self.parts.clock() - found.created_at > users.UNFINISHED_LIFETIME:
                return self._to_sign_in(request, background)
            if step is not None and not early:
                return RedirectResponse(step, 303)
            request.state.user = user
            request.state.desk_session = found
            if not user.may(right):
                return self._refused(request, user)
            if request.method == "POST":
                form = await read_form(request)
                if not self.parts.forms.valid(form.get(FORM_FIELD), token):
                    return self.parts.failure(request, 403, STALE_FORM)
            response = await endpoint(request, user)
            if isinstance(response, StreamingResponse):
                response.body_iterator = self._while_signed_in(response.body_iterator, token, right)
            return response

        return checked

    def _to_sign_in(self, request: Request, background: bool) -> Response:
        """The page that was asked for is remembered: whoever follows a link to a case gets there after the sign-in."""
        response = RedirectResponse(SIGN_IN, 303)
        if request.method == "GET" and not background and request.url.path != HOME:
            self.parts.cookies.set(
                response, request, WANTED_COOKIE, quote(request.url.path), int(_WANTED_FOR.total_seconds())
            )
        return response

    def _refused(self, request: Request, user: DeskUser) -> Response:
        if request.method == "GET" and request.url.path == HOME:
            return RedirectResponse(landing(request, user), 303)
        return self.parts.failure(request, 403, NOT_YOURS)

    async def _while_signed_in(
        self, chunks: AsyncIterable[Any], token: str, right: Right
    ) -> AsyncIterator[Any]:
        """What a stream sends, until its reader is signed out, disabled or has lost the right."""
        try:
            async for chunk in chunks:
                found = await run_in_threadpool(self._session_of, token, False)
                if found is None or not found.user.may(right):
                    return
                yield chunk
        except (DatabaseUnavailable, SQLAlchemyError):
            # Nobody knows who is there: the browser asks again.
            return
        finally:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()

    def _session_of(self, token: str, active: bool) -> DeskSession | None:
        if not token:
            return None
        now = self.parts.clock()
        idle = timedelta(minutes=self.parts.settings.desk_idle_minutes)
        with self.parts.database.transaction() as session:
            found = users.session_of(session, token, now, idle)
            if found is not None and active:
                users.seen(session, token, now)
            return found
