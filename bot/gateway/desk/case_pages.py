"""The list of cases by urgency, and one case with all that a clinician needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.cases import repository as cases
from bot.cases import service
from bot.cases.domain import Case, Event
from bot.cases.errors import CaseError, CaseNotFound
from bot.conversations import repository as conversations
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.conversations.values import Message
from bot.gateway.desk.explanation import reasons
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.view import case_row, may_resolve, steps_of, trail, transcript

LIST_LIMIT: Final = 500
TRANSCRIPT_LIMIT: Final = 2_000

DONE: Final = {
    "acknowledge": "You have acknowledged this case.",
    "start": "You have started work on this case.",
    "resolve": "You have resolved this case.",
    "reopen": "You have reopened this case.",
}


@dataclass(frozen=True)
class CasePages:
    """/desk and /desk/cases/…"""

    parts: DeskParts

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        case = "/desk/cases/{case_id:uuid}"
        return [
            guard.route("/desk", self.list_cases, Right.WORK_CASES),
            guard.route(case, self.show_case, Right.WORK_CASES),
            guard.route(case + "/{step}", self.take_step, Right.WORK_CASES, method="POST"),
        ]

    async def list_cases(self, request: Request, user: DeskUser) -> Response:
        """GET /desk, /desk?show=resolved"""
        resolved = request.query_params.get("show") == "resolved"
        found = await run_in_threadpool(self._listed, resolved)
        rows = [case_row(case, self.parts.clock()) for case in found]
        return self.parts.page(request, "cases.html", user=user, cases=rows, resolved=resolved)

    def _listed(self, resolved: bool) -> list[Case]:
        with self.parts.database.transaction() as session:
            return cases.listed(session, resolved=resolved, limit=LIST_LIMIT)

    async def show_case(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/cases/{id}"""
        done = DONE.get(request.query_params.get("done", ""), "")
        return await self._case_page(request, user, status=200, done=done, problem="")

    async def _case_page(
        self, request: Request, user: DeskUser, *, status: int, done: str, problem: str
    ) -> Response:
        case, messages, events = await run_in_threadpool(self._case, request.path_params["case_id"])
        return self.parts.page(
            request,
            "case.html",
            status,
            user=user,
            case=case,
            row=case_row(case, self.parts.clock()),
            lines=transcript(messages, case),
            trail=trail(events),
            reasons=reasons(events, messages),
            steps=steps_of(case),
            may_resolve=may_resolve(case),
            done=done,
            problem=problem,
        )

    def _case(self, case_id: UUID) -> tuple[Case, list[Message], list[Event]]:
        with self.parts.database.transaction() as session:
            case = cases.by_id(session, case_id)
            if case is None:
                raise CaseNotFound("there is no such case")
            messages = conversations.latest(session, case.conversation_id, TRANSCRIPT_LIMIT)
            return case, messages, cases.events(session, case_id)

    async def take_step(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/cases/{id}/acknowledge, start, resolve, reopen"""
        step, case_id = request.path_params["step"], request.path_params["case_id"]
        if step not in DONE:
            return self.parts.failure(request, 404, "There is nothing at this address.")
        reason = ""
        if step == "resolve":
            try:
                reason = clean_text(field(await read_form(request), "reason"))
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
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            _STEPS[step](session, case_id, actor, reason, now)


_STEPS: Final[dict[str, Callable[[Session, UUID, str, str, datetime], Case]]] = {
    "acknowledge": lambda session, case, actor, _, now: service.acknowledge(session, case, actor, now),
    "start": lambda session, case, actor, _, now: service.start_progress(session, case, actor, now),
    "resolve": lambda session, case, actor, reason, now: service.resolve(session, case, actor, reason, now),
    "reopen": lambda session, case, actor, _, now: service.reopen(session, case, actor, now),
}
