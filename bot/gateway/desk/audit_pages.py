"""The audit trail, for leads and administrators. Whoever looks at it is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser, everybody
from bot.audit import Entry, record
from bot.audit.proof import last_seal
from bot.audit.repository import Wanted, latest, viewers
from bot.cases import repository as cases
from bot.gateway.desk.audit_view import BadFilter, Filters, ViewerLine, case_ids, lines, who_words
from bot.gateway.desk.audit_words import ACTIONS
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.view import Moment

ON_A_PAGE: Final = 100


@dataclass(frozen=True)
class AuditPages:
    """/desk/audit"""

    parts: DeskParts

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [guard.route("/desk/audit", self.show, Right.READ_AUDIT)]

    async def show(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/audit?who=&what=&case=&first=&last=&before="""
        given = request.query_params
        try:
            filters = Filters.read(given)
            values = await run_in_threadpool(self._values, filters, user)
        except BadFilter as problem:
            accounts = await run_in_threadpool(self._accounts)
            values, status = {"problem": str(problem), "accounts": accounts}, 422
        else:
            status = 200
        return self.parts.page(request, "audit.html", status, given=given, actions=ACTIONS, **values)

    def _accounts(self) -> Sequence[DeskUser]:
        with self.parts.database.transaction() as session:
            return everybody(session)

    def _values(self, filters: Filters, user: DeskUser) -> dict[str, Any]:
        with self.parts.database.transaction() as session:
            accounts = everybody(session)
            wanted = self._wanted(session, filters, accounts)
            found = latest(session, wanted, ON_A_PAGE + 1)
            page, more = found[:ON_A_PAGE], len(found) > ON_A_PAGE
            names = {account.email: account.name for account in accounts}
            values = {
                "accounts": accounts,
                "lines": lines(
                    page,
                    names,
                    cases.references_of(session, case_ids(page)),
                    links=user.may(Right.WORK_CASES),
                ),
                "older": filters.older_than(page[-1].number) if more else "",
                "newest": filters.before is not None,
                "viewers": self._viewers(session, wanted, names) if filters.case else [],
            }
            self._record(session, filters, wanted, user)
            seal = last_seal(session)
        return {**values, "seal": str(seal[0]) if seal else ""}

    @staticmethod
    def _wanted(session: Session, filters: Filters, accounts: Sequence[DeskUser]) -> Wanted:
        actor = next((account.email for account in accounts if account.id == filters.who), "")
        if filters.who and not actor:
            raise BadFilter("There is no such account.")
        case = cases.by_reference(session, filters.case) if filters.case else None
        if filters.case and case is None:
            raise BadFilter("There is no case with this reference.")
        return Wanted(
            actor=actor,
            action=filters.what,
            subject_kind="case" if case else "",
            subject=str(case.id) if case else "",
            since=filters.since,
            until=filters.until,
            before=filters.before,
        )

    @staticmethod
    def _viewers(session: Session, wanted: Wanted, names: dict[str, str]) -> list[ViewerLine]:
        return [
            ViewerLine(
                who_words(viewer.actor, names), viewer.times, Moment.of(viewer.first), Moment.of(viewer.last)
            )
            for viewer in viewers(session, "case_viewed", "case", wanted.subject)
        ]

    def _record(self, session: Session, filters: Filters, wanted: Wanted, user: DeskUser) -> None:
        details: dict[str, object] = {"filters": filters.used}
        if filters.who:
            details["account"] = str(filters.who)
        if wanted.subject:
            details["case"] = wanted.subject
        record(session, Entry(user.email, "audit_viewed", "audit", "trail", details), self.parts.clock())
