"""The care desk: sign in, the list of cases by urgency, and one case with all that a clinician needs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from bot.cases import desk_users, service
from bot.cases import repository as cases
from bot.cases.desk_users import DeskUser
from bot.cases.domain import Case, Event
from bot.cases.errors import CaseError, CaseNotFound
from bot.conversations import repository as conversations
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.conversations.values import Message
from bot.database import Database, DatabaseUnavailable
from bot.gateway.desk_explanation import reasons
from bot.gateway.desk_sign_in import (
    FORM_FIELD,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    FormTokens,
    drop_cookie,
    new_visitor,
    set_cookie,
)
from bot.gateway.desk_view import case_row, may_resolve, steps_of, trail, transcript
from bot.gateway.rate_limit import Buckets, Rate

log = logging.getLogger(__name__)

LIST_LIMIT: Final = 500
TRANSCRIPT_LIMIT: Final = 2_000
LONGEST_FIELD: Final = 1_000
TRIES: Final = Rate(burst=5, per_second=1 / 30)
TRIES_OF_ADDRESS: Final = Rate(burst=30, per_second=1 / 5)

WRONG: Final = "The email address or the password is not right."
STALE_FORM: Final = (
    "This form is too old or did not come from this page. Go back, reload the page and try again."
)
DONE: Final = {
    "acknowledge": "You have acknowledged this case.",
    "start": "You have started work on this case.",
    "resolve": "You have resolved this case.",
    "reopen": "You have reopened this case.",
}

_templates: Final = Jinja2Templates(directory=Path(__file__).resolve().parent / "templates")

Endpoint = Callable[[Request], Awaitable[Response]]
SignedInEndpoint = Callable[[Request, DeskUser], Awaitable[Response]]


@dataclass(frozen=True)
class Desk:
    """The pages under /desk."""

    database: Database
    forms: FormTokens
    clinic_name: str
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        tries, tries_of_address = Buckets(TRIES), Buckets(TRIES_OF_ADDRESS)

        async def sign_in(request: Request) -> Response:
            return await self.sign_in(request, tries, tries_of_address)

        return [
            Route("/desk", self._signed_in(self.list_cases), methods=["GET"]),
            Route("/desk/sign-in", self._careful(self.ask_to_sign_in), methods=["GET"]),
            Route("/desk/sign-in", self._careful(sign_in), methods=["POST"]),
            Route("/desk/sign-out", self._signed_in(self.sign_out), methods=["POST"]),
            Route("/desk/cases/{case_id:uuid}", self._signed_in(self.show_case), methods=["GET"]),
            Route("/desk/cases/{case_id:uuid}/{step}", self._signed_in(self.take_step), methods=["POST"]),
        ]

    # --- who is there

    def _careful(self, endpoint: Endpoint) -> Endpoint:
        """Failures as a page in plain words."""

        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except CaseNotFound:
                return self._failure(request, 404, "There is no such case.")
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s %s failed (%s)", request.method, request.url.path, type(error).__name__)
                words = "The care desk cannot reach its database. Nothing was changed. Try again in a minute."
                return self._failure(request, 503, words)

        return answered

    def _signed_in(self, endpoint: SignedInEndpoint) -> Endpoint:
        """Only for signed-in clinicians; what changes something needs the form's token too."""

        async def checked(request: Request) -> Response:
            token = request.cookies.get(SESSION_COOKIE, "")
            user = await run_in_threadpool(self._user_of, token)
            if user is None:
                return RedirectResponse("/desk/sign-in", 303)
            if request.method == "POST":
                form = await _form(request)
                if not self.forms.valid(form.get(FORM_FIELD), token):
                    return self._failure(request, 403, STALE_FORM)
            return await endpoint(request, user)

        return self._careful(checked)

    def _user_of(self, token: str) -> DeskUser | None:
        if not token:
            return None
        with self.database.transaction() as session:
            return desk_users.user_of_session(session, token, self.clock())

    # --- signing in and out

    async def ask_to_sign_in(self, request: Request) -> Response:
        """GET /desk/sign-in"""
        return self._sign_in_page(request, 200, "")

    async def sign_in(self, request: Request, tries: Buckets, tries_of_address: Buckets) -> Response:
        """POST /desk/sign-in"""
        form = await _form(request)
        if not self.forms.valid(form.get(FORM_FIELD), request.cookies.get(VISITOR_COOKIE, "")):
            return self._sign_in_page(request, 403, STALE_FORM)
        email, password = _field(form, "email").lower(), _field(form, "password")
        address = request.client.host if request.client else ""
        wait = tries_of_address.take(address) or tries.take(email)
        if wait:
            page = self._sign_in_page(request, 429, f"Too many tries. Wait {wait} seconds and try again.")
            page.headers["Retry-After"] = str(wait)
            return page
        token = await run_in_threadpool(self._start_session, email, password)
        if token is None:
            return self._sign_in_page(request, 401, WRONG)
        response = RedirectResponse("/desk", 303)
        set_cookie(response, request, SESSION_COOKIE, token)
        drop_cookie(response, VISITOR_COOKIE)
        return response

    def _start_session(self, email: str, password: str) -> str | None:
        with self.database.transaction() as session:
            user = desk_users.verify_password(session, email, password)
            return None if user is None else desk_users.start_session(session, user, self.clock())

    def _sign_in_page(self, request: Request, status: int, message: str) -> Response:
        visitor = request.cookies.get(VISITOR_COOKIE) or new_visitor()
        page = self._page(request, "sign_in.html", status, message=message, csrf=self.forms.issue(visitor))
        set_cookie(page, request, VISITOR_COOKIE, visitor)
        return page

    async def sign_out(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/sign-out"""
        await run_in_threadpool(self._end_session, request.cookies[SESSION_COOKIE])
        response = RedirectResponse("/desk/sign-in", 303)
        drop_cookie(response, SESSION_COOKIE)
        return response

    def _end_session(self, token: str) -> None:
        with self.database.transaction() as session:
            desk_users.end_session(session, token)

    # --- cases

    async def list_cases(self, request: Request, user: DeskUser) -> Response:
        """GET /desk, /desk?show=resolved"""
        resolved = request.query_params.get("show") == "resolved"
        found = await run_in_threadpool(self._listed, resolved)
        rows = [case_row(case, self.clock()) for case in found]
        return self._page(request, "cases.html", user=user, cases=rows, resolved=resolved)

    def _listed(self, resolved: bool) -> list[Case]:
        with self.database.transaction() as session:
            return cases.listed(session, resolved=resolved, limit=LIST_LIMIT)

    async def show_case(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/cases/{id}"""
        done = DONE.get(request.query_params.get("done", ""), "")
        return await self._case_page(request, user, status=200, done=done, problem="")

    async def _case_page(
        self, request: Request, user: DeskUser, *, status: int, done: str, problem: str
    ) -> Response:
        case, messages, events = await run_in_threadpool(self._case, request.path_params["case_id"])
        return self._page(
            request,
            "case.html",
            status,
            user=user,
            case=case,
            row=case_row(case, self.clock()),
            lines=transcript(messages, case),
            trail=trail(events),
            reasons=reasons(events, messages),
            steps=steps_of(case),
            may_resolve=may_resolve(case),
            done=done,
            problem=problem,
        )

    def _case(self, case_id: UUID) -> tuple[Case, list[Message], list[Event]]:
        with self.database.transaction() as session:
            case = cases.by_id(session, case_id)
            if case is None:
                raise CaseNotFound("there is no such case")
            messages = conversations.latest(session, case.conversation_id, TRANSCRIPT_LIMIT)
            return case, messages, cases.events(session, case_id)

    async def take_step(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/cases/{id}/acknowledge, start, resolve, reopen"""
        step, case_id = request.path_params["step"], request.path_params["case_id"]
        if step not in DONE:
            return self._failure(request, 404, "There is nothing at this address.")
        reason = ""
        if step == "resolve":
            try:
                reason = clean_text(_field(await _form(request), "reason"))
            except (TextEmpty, TextTooLong):
                words = "Please say in a few words why the case is resolved."
                return await self._case_page(request, user, status=422, done="", problem=words)
        try:
            await run_in_threadpool(self._take, step, case_id, user.email, reason)
        except CaseNotFound:
            raise
        except CaseError as error:
            words = f"That was not possible: {error}."
            return await self._case_page(request, user, status=409, done="", problem=words)
        return RedirectResponse(f"/desk/cases/{case_id}?done={step}", 303)

    def _take(self, step: str, case_id: UUID, actor: str, reason: str) -> None:
        now = self.clock()
        with self.database.transaction() as session:
            _STEPS[step](session, case_id, actor, reason, now)

    # --- pages

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        values.setdefault("csrf", self.forms.issue(request.cookies.get(SESSION_COOKIE, "")))
        values.setdefault("user", None)
        return _templates.TemplateResponse(
            request, template, {"clinic_name": self.clinic_name, **values}, status_code=status
        )

    def _failure(self, request: Request, status: int, message: str) -> Response:
        return self._page(request, "failure.html", status, message=message)


_STEPS: Final[dict[str, Callable[[Session, UUID, str, str, datetime], Case]]] = {
    "acknowledge": lambda session, case, actor, _, now: service.acknowledge(session, case, actor, now),
    "start": lambda session, case, actor, _, now: service.start_progress(session, case, actor, now),
    "resolve": lambda session, case, actor, reason, now: service.resolve(session, case, actor, reason, now),
    "reopen": lambda session, case, actor, _, now: service.reopen(session, case, actor, now),
}


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=10)


def _field(form: FormData, name: str) -> str:
    """A text field; empty when it is missing, a file, or holds what no text has."""
    value = form.get(name, "")
    return value[:LONGEST_FIELD] if isinstance(value, str) and "\x00" not in value else ""
