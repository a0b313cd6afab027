"""Figures over a period, as a page and as CSV files: counts and times, no patient's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.insight_view import parts_of
from bot.gateway.desk.parts import DeskParts
from bot.insight.case_figures import CaseFigures, case_figures
from bot.insight.csv_files import csv_bytes
from bot.insight.period import PRESETS, Period, PeriodError
from bot.insight.tables import Table, Titles, all_tables
from bot.insight.talk_figures import TalkFigures, talk_figures

INSIGHT: Final = "/desk/insight"


def csv_response(table: Table, file: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
    return Response(csv_bytes(table), media_type="text/csv; charset=utf-8", headers=headers)


@dataclass(frozen=True)
class InsightPages:
    """/desk/insight and its CSV files. `titles`: what people call each topic."""

    parts: DeskParts
    titles: Titles

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [
            guard.route(INSIGHT, self.show, Right.SEE_INSIGHT),
            guard.route(INSIGHT + "/{name}.csv", self.export, Right.SEE_INSIGHT),
        ]

    async def show(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight?days=30, ?from=2026-11-01&to=2026-11-23"""
        today, problem, status = self._today(), "", 200
        try:
            period = Period.asked_for(request.query_params, today)
        except PeriodError as error:
            period, problem, status = Period.asked_for({}, today), str(error), 422
        cases, talk = await run_in_threadpool(self._figures, period)
        presets = [(days, Period.last_days(days, today) == period) for days in PRESETS]
        return self.parts.page(
            request,
            "insight.html",
            status,
            user=user,
            period=period,
            presets=presets,
            problem=problem,
            sections_shown=parts_of(cases, talk, self.titles),
        )

    async def export(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/{name}.csv, for the same period as the page"""
        name = request.path_params["name"]
        try:
            period = Period.asked_for(request.query_params, self._today())
        except PeriodError as error:
            return self.parts.failure(request, 422, str(error))
        table = await run_in_threadpool(self._exported, user, name, period)
        if table is None:
            return self.parts.failure(request, 404, "There is no such table.")
        return csv_response(table, f"{name}-{period.first}-{period.last}")

    def _today(self) -> date:
        return self.parts.clock().date()

    def _figures(self, period: Period) -> tuple[CaseFigures, TalkFigures]:
        with self.parts.database.transaction() as session:
            return case_figures(session, period), talk_figures(session, period, self.parts.clock())

    def _exported(self, user: DeskUser, name: str, period: Period) -> Table | None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            found = all_tables(
                case_figures(session, period), talk_figures(session, period, now), self.titles
            ).get(name)
            if found is not None:
                details = {"from": period.first.isoformat(), "to": period.last.isoformat()}
                entry = Entry(user.email, "insight_exported", "table", name, details)
                record(session, entry, now)
        return found
