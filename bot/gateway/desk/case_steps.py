"""What a clinician does with a case: one address for each step, each answered with the case's page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser, names_of
from bot.cases import work
from bot.cases.domain import Resolution
from bot.cases.errors import CaseChanged, CaseError, CaseNotFound, ClaimedByAnother
from bot.cases.work import Seen
from bot.conversations.errors import ConversationError, TextEmpty, TextTooLong
from bot.conversations.hand_over import Terms
from bot.conversations.inbound_text import MAX_CHARACTERS, clean_text
from bot.gateway.desk.case_pages import CasePages, Problem
from bot.gateway.desk.case_view import Typed, is_resolution
from bot.gateway.desk.guard import DeskRoute, Guard, SignedInEndpoint
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.view import Moment
from bot.gateway.desk.words import actor_words, event_words

# Where the page is to be after a step that was taken below its top.
_PLACES: Final = {"reply": "#answer", "note": "#notes", "return": "#answer"}
_SEEN: Final = re.compile(r"(\d{1,18})\.(\d{1,9})")
# A form that says nothing of what it showed was not made by our page: the step is judged by the case alone.
_EVERYTHING: Final = Seen(2**62, 2**31 - 1)
NOTHING_DONE: Final = "Nothing was changed."
KEPT: Final = "What you typed is still in the form: send it again if it still fits."


@dataclass(frozen=True)
class Filled:
    """A form as it was sent, cleaned."""

    typed: Typed
    text: str
    resolution: Resolution | None
    take_over: bool
    seen: Seen


@dataclass(frozen=True)
class CaseSteps:
    """POST /desk/cases/{id}/claim and so on"""

    parts: DeskParts
    pages: CasePages

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        case = "/desk/cases/{case_id:uuid}"
        return [
            guard.route(f"{case}/{step}", self._endpoint(step), Right.WORK_CASES, method="POST")
            for step in work.STEPS
        ]

    def _endpoint(self, step: str) -> SignedInEndpoint:
        async def take(request: Request, user: DeskUser) -> Response:
            return await self._take(step, request, user)

        return take

    async def _take(self, step: str, request: Request, user: DeskUser) -> Response:
        form = await read_form(request)
        typed = _typed(form)
        try:
            filled = _filled(step, form, typed)
        except _Incomplete as error:
            return await self.pages.case_page(
                request, user, status=422, problem=Problem(str(error)), typed=typed
            )
        case_id: UUID = request.path_params["case_id"]
        try:
            await run_in_threadpool(self._commit, step, case_id, user, filled)
        except CaseNotFound:
            raise
        except CaseChanged as error:
            problem = await run_in_threadpool(self._news, error, typed)
        except ClaimedByAnother as error:
            since = Moment.of(error.since).words
            problem = Problem(f"{error.name} has had this case since {since}. {NOTHING_DONE}")
        except (CaseError, ConversationError) as error:
            problem = Problem(f"That was not possible: {error}. {NOTHING_DONE}")
        else:
            return RedirectResponse(f"/desk/cases/{case_id}?done={step}{_PLACES.get(step, '')}", 303)
        return await self.pages.case_page(request, user, status=409, problem=problem, typed=typed)

    @cached_property
    def _terms(self) -> Terms:
        return Terms.load(self.parts.settings)

    def _commit(self, step: str, case_id: UUID, user: DeskUser, filled: Filled) -> None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            work.expect_unchanged(session, case_id, step, filled.seen, user.email)
            self._do(session, step, case_id, user, filled, now)

    def _do(
        self, session: Session, step: str, case_id: UUID, user: DeskUser, filled: Filled, now: datetime
    ) -> None:
        if step == "claim":
            work.claim(session, case_id, user, now, take_over=filled.take_over)
        elif step == "release":
            work.release(session, case_id, user, now)
        elif step == "acknowledge":
            work.acknowledge(session, case_id, user.email, now)
        elif step == "start":
            work.start(session, case_id, user, now)
        elif step == "note":
            work.note(session, case_id, user.email, filled.text, now)
        elif step == "reply":
            work.reply(
                session, case_id, user, filled.text, now, take_over=filled.take_over, terms=self._terms
            )
        elif step == "return":
            work.give_back(session, case_id, user.email, now, terms=self._terms)
        elif step == "resolve":
            assert filled.resolution is not None
            work.resolve(session, case_id, user.email, filled.resolution, filled.text, now, terms=self._terms)
        else:
            work.reopen(session, case_id, user.email, now)

    def _news(self, error: CaseChanged, typed: Typed) -> Problem:
        with self.parts.database.transaction() as session:
            names = names_of(session, {event.actor for event in error.events})
        news = [
            f"{event_words(event)}: {actor_words(event.actor, names)}, {Moment.of(event.at).words}"
            for event in error.events
        ]
        if error.messages:
            count = "a new message" if error.messages == 1 else f"{error.messages} new messages"
            news.append(f"The patient has written {count}.")
        kept = f" {KEPT}" if typed != Typed() else ""
        return Problem(f"This case has changed since you loaded the page. {NOTHING_DONE}{kept}", tuple(news))


class _Incomplete(Exception):
    """A form that cannot be taken, in words for whoever filled it in."""


def _typed(form: FormData) -> Typed:
    return Typed(
        reply=field(form, "reply", MAX_CHARACTERS * 2),
        note=field(form, "note", MAX_CHARACTERS * 2),
        comment=field(form, "comment", MAX_CHARACTERS * 2),
        resolution=field(form, "resolution", 32),
    )


def _filled(step: str, form: FormData, typed: Typed) -> Filled:
    """Raises _Incomplete."""
    text, resolution = "", None
    if step == "reply":
        text = _cleaned(typed.reply, "Please write something to the patient.")
    elif step == "note":
        text = _cleaned(typed.note, "Please write something into the note.")
    elif step == "resolve":
        if not is_resolution(typed.resolution):
            raise _Incomplete("Please choose how the case ends.")
        resolution = Resolution(typed.resolution)
        text = _cleaned(typed.comment, "") if typed.comment.strip() else ""
    if resolution is Resolution.OTHER and not text:
        raise _Incomplete("Please say in a few words how the case ends.")
    seen = _SEEN.fullmatch(field(form, "seen"))
    return Filled(
        typed,
        text,
        resolution,
        field(form, "take_over") == "1",
        Seen(int(seen[1]), int(seen[2])) if seen else _EVERYTHING,
    )


def _cleaned(raw: str, missing: str) -> str:
    try:
        return clean_text(raw)
    except TextEmpty:
        if missing:
            raise _Incomplete(missing) from None
        return ""
    except TextTooLong:
        raise _Incomplete(f"That is too long: at most {MAX_CHARACTERS:,} characters.") from None
