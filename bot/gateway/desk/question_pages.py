"""Questions that the sources do not cover, grouped by meaning, and what is to become of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.insight_pages import INSIGHT, csv_response
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.view import Moment
from bot.insight.grouping import Vectors
from bot.insight.questions import (
    MOST_QUESTIONS,
    STATUSES,
    Group,
    Status,
    groups_of,
    mark,
    newest,
    stored,
)
from bot.insight.tables import CHANNELS, Table

QUESTIONS: Final = INSIGHT + "/questions"
STATUS_WORDS: Final = {
    "new": "New",
    "wanted": "Wanted: to be covered",
    "answered": "Answered elsewhere",
    "ignored": "Ignored",
}
_LONGEST_IDS: Final = 8_000
SHOWN: Final = ("open", *STATUSES)


@dataclass(frozen=True)
class GroupRow:
    """A group as the page lays it out."""

    group: Group
    heading: str
    last_asked: Moment
    channels: str
    ids: str

    @classmethod
    def of(cls, group: Group) -> GroupRow:
        return cls(
            group,
            group.examples[0],
            Moment.of(group.last_asked),
            ", ".join(f"{CHANNELS.get(name, name)} {count}" for name, count in group.channels),
            ",".join(map(str, group.ids)),
        )


@dataclass(frozen=True)
class QuestionPages:
    """/desk/insight/questions"""

    parts: DeskParts
    vectors: Vectors

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [
            guard.route(QUESTIONS, self.show, Right.CURATE_QUESTIONS),
            guard.route(QUESTIONS + ".csv", self.export, Right.CURATE_QUESTIONS),
            guard.route(QUESTIONS + "/status", self.set_status, Right.CURATE_QUESTIONS, method="POST"),
        ]

    async def show(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/questions?show=open, new, wanted, answered, ignored"""
        shown = request.query_params.get("show", "open")
        if shown not in SHOWN:
            return self.parts.failure(request, 404, "There is nothing at this address.")
        groups, total = await run_in_threadpool(self._groups, user, "questions_viewed", shown)
        done = request.query_params.get("done", "")
        return self.parts.page(
            request,
            "questions.html",
            user=user,
            shown=shown,
            tabs=[(name, "To look at" if name == "open" else STATUS_WORDS[name]) for name in SHOWN],
            rows=[GroupRow.of(group) for group in groups if _is_shown(group, shown)],
            statuses=[(name, STATUS_WORDS[name]) for name in STATUSES],
            words=STATUS_WORDS,
            done=STATUS_WORDS.get(done, ""),
            total=total,
            most=MOST_QUESTIONS,
        )

    async def export(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/questions.csv"""
        groups, _ = await run_in_threadpool(self._groups, user, "insight_exported", "questions")
        rows = tuple(
            (
                group.examples[0],
                group.count,
                group.status,
                len(group.new_wordings),
                group.last_asked.isoformat(timespec="minutes"),
                GroupRow.of(group).channels,
                " / ".join(group.examples[1:]),
            )
            for group in groups
        )
        columns = ("Question", "Asked", "Status", "New wordings", "Last asked", "Channels", "Other wordings")
        table = Table("questions", "Unanswered questions", columns, rows)
        return csv_response(table, f"questions-{self.parts.clock().date()}")

    async def set_status(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/insight/questions/status: `ids`, as they stood on the page, and `status`"""
        form = await read_form(request)
        status, shown = field(form, "status"), field(form, "show")
        ids = [int(part) for part in field(form, "ids", _LONGEST_IDS).split(",") if part.isdecimal()]
        if status not in STATUSES or not ids or max(ids) >= 2**63:
            return self.parts.failure(request, 422, "Choose a status for a group on the page.")
        await run_in_threadpool(self._mark, user, ids[:MOST_QUESTIONS], status)
        shown = shown if shown in SHOWN else "open"
        return RedirectResponse(f"{QUESTIONS}?show={shown}&done={status}", 303)

    def _groups(self, user: DeskUser, action: str, subject: str) -> tuple[list[Group], int]:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            questions, total = newest(session), stored(session)
            details = {"questions": len(questions)}
            record(session, Entry(user.email, action, "questions", subject, details), now)
        return groups_of(questions, self.vectors), total

    def _mark(self, user: DeskUser, ids: Sequence[int], status: Status) -> None:
        with self.parts.database.transaction() as session:
            marked = mark(session, ids, status)
            details = {"status": status, "questions": marked}
            entry = Entry(user.email, "question_marked", "questions", str(min(ids)), details)
            record(session, entry, self.parts.clock())


def _is_shown(group: Group, shown: str) -> bool:
    return group.wants_a_look if shown == "open" else group.status == shown
