"""The list of cases, and one case with all that a clinician needs. A page that is open asks for either again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.cases import inbox
from bot.cases.inbox import Filters, Listed
from bot.gateway.desk.case_file import load
from bot.gateway.desk.case_view import CaseFile, Typed, compose
from bot.gateway.desk.filters import address_of, filters_of, menus, page_of, pages, query_of, tabs
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.view import groups, inbox_row
from bot.gateway.desk.words import channel_words

DONE: Final = {
    "claim": "You have this case now.",
    "release": "Nobody has claimed this case any more.",
    "acknowledge": "You have acknowledged this case.",
    "start": "You have started work on this case.",
    "note": "Your note is saved.",
    "reply": "Your message is on its way to the patient.",
    "return": "The assistant answers the patient again.",
    "resolve": "You have resolved this case.",
    "reopen": "You have reopened this case.",
}


@dataclass(frozen=True)
class Problem:
    """Why a step was not taken, and what has happened meanwhile, a line each."""

    words: str
    news: tuple[str, ...] = ()


@dataclass(frozen=True)
class CasePages:
    """/desk and /desk/cases/…"""

    parts: DeskParts

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        case = "/desk/cases/{case_id:uuid}"
        return [
            guard.route("/desk", self.list_cases, Right.WORK_CASES),
            guard.route("/desk/live", self.list_again, Right.WORK_CASES, background=True),
            guard.route(case, self.show_case, Right.WORK_CASES),
            guard.route(case + "/live", self.show_case_again, Right.WORK_CASES, background=True),
        ]

    async def list_cases(self, request: Request, user: DeskUser) -> Response:
        """GET /desk with the filters in its query: show, tier, state, category, channel, who, overdue, q, page"""
        filters, page = filters_of(request.query_params), page_of(request.query_params)
        now = self.parts.clock()
        values = await run_in_threadpool(self._listed, filters, page, user, now)
        total = values["total"]
        if page > 1 and not values["found"] and total:
            return RedirectResponse(address_of(filters), 303)
        rows = [inbox_row(listed, user.id, now) for listed in values["found"]]
        return self.parts.page(
            request,
            "cases.html",
            user=user,
            filters=filters,
            rows=rows,
            groups=[] if filters.resolved else groups(rows),
            tabs=tabs(filters, values["counts"]),
            counts=values["counts"],
            menus=menus(filters, {code: channel_words(code) for code in values["channels"]}),
            pages=pages(filters, page, total),
            narrowed=filters != Filters(resolved=filters.resolved),
            address=address_of(filters, page),
            live="/desk/live" + query_of(filters, page),
            latest=values["latest"],
            now=now.isoformat(),
        )

    async def list_again(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/live: the same for a page that is open; it does not keep the sign-in alive."""
        return await self.list_cases(request, user)

    def _listed(self, filters: Filters, page: int, user: DeskUser, now: datetime) -> dict[str, Any]:
        with self.parts.database.transaction() as session:
            found: list[Listed]
            found, total = inbox.find(session, filters, user.id, now, page=page)
            values = {
                "found": found,
                "total": total,
                "counts": inbox.count(session, user.id, now),
                "channels": inbox.channels(session),
                "latest": inbox.latest_event(session),
            }
            if filters.words:
                details = {"found": total, "resolved": filters.resolved}
                record(session, Entry(user.email, "cases_searched", "case", "", details), now)
            return values

    async def show_case(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/cases/{id}"""
        done = DONE.get(request.query_params.get("done", ""), "")
        return await self.case_page(request, user, done=done)

    async def show_case_again(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/cases/{id}/live: the same for a page that is open; it does not keep the sign-in alive."""
        return await self.case_page(request, user, live=True)

    async def case_page(
        self,
        request: Request,
        user: DeskUser,
        *,
        status: int = 200,
        done: str = "",
        problem: Problem | None = None,
        typed: Typed | None = None,
        live: bool = False,
    ) -> Response:
        """The page of the case that the request names, as it stands now. `typed` comes back in the forms."""
        case_id, now = request.path_params["case_id"], self.parts.clock()
        file, latest = await run_in_threadpool(self._file, case_id, user, now, live)
        return self.parts.page(
            request,
            "case.html",
            status,
            user=user,
            view=compose(file, user, now),
            done=done,
            problem=problem,
            typed=typed or Typed(),
            live=f"/desk/cases/{case_id}/live",
            latest=latest,
            now=now.isoformat(),
        )

    def _file(self, case_id: UUID, user: DeskUser, now: datetime, live: bool) -> tuple[CaseFile, int]:
        with self.parts.database.transaction() as session:
            file, latest = load(session, case_id, now), inbox.latest_event(session)
            details = {"reference": file.case.reference, "refreshed": live}
            record(session, Entry(user.email, "case_viewed", "case", str(case_id), details), now)
            return file, latest
