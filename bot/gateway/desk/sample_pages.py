"""The weekly sample: messages that raised no flag, read and labelled by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts.roles import Right
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.cases.words import CATEGORIES
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.insight_pages import INSIGHT
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.insight import samples
from bot.insight.labels import OTHERS, chosen, training_data
from bot.insight.numbers import counted
from bot.insight.period import day_words
from bot.insight.samples import NoConcern, Sample, SampleGone
from bot.insight.tables import CHANNELS, Titles
from bot.understanding.labels import CONCERNS, label_of

SAMPLES: Final = INSIGHT + "/samples"
LABELS: Final = INSIGHT + "/labels.yml"
CANNOT_OPEN: Final = (
    "Your account cannot open a case, and nobody has been told. Tell a clinician of the care desk now."
)
GONE: Final = "There is no such sample. The patient may have deleted the conversation."


@dataclass(frozen=True)
class SampleRow:
    """A sample as the pages show it: with people's words for its labels."""

    sample: Sample
    week: str
    channel: str
    read_as: str
    labelled_as: str

    @property
    def reviewed(self) -> bool:
        return self.sample.reviewed_at is not None


@dataclass(frozen=True)
class Week:
    """One week's samples, those that still have to be read first."""

    title: str
    progress: str
    rows: tuple[SampleRow, ...]


@dataclass(frozen=True)
class SamplePages:
    """/desk/insight/samples and the download of the labels. `alert`: channels on which clinicians hear of cases."""

    parts: DeskParts
    titles: Titles
    alert: Sequence[str]

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        one = SAMPLES + "/{message_id:uuid}"
        return [
            guard.route(SAMPLES, self.show_all, Right.LABEL_SAMPLES),
            guard.route(LABELS, self.download, Right.LABEL_SAMPLES),
            guard.route(one, self.show, Right.LABEL_SAMPLES),
            guard.route(one, self.label, Right.LABEL_SAMPLES, method="POST"),
            guard.route(one + "/case", self.open_case, Right.LABEL_SAMPLES, method="POST"),
        ]

    async def show_all(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/samples"""
        found = await run_in_threadpool(self._listed, user)
        rows = [self._row(sample) for sample in found]
        return self.parts.page(
            request,
            "samples.html",
            user=user,
            weeks=_weeks(rows),
            missed=[row for row in rows if row.sample.needs_case],
            size=self.parts.settings.sample_size,
        )

    async def show(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/samples/{message id}"""
        return await self._sample_page(request, user, status=200, problem="")

    async def _sample_page(self, request: Request, user: DeskUser, *, status: int, problem: str) -> Response:
        try:
            sample = await run_in_threadpool(self._viewed, user, request.path_params["message_id"])
        except SampleGone:
            return self.parts.failure(request, 404, GONE)
        checked = sample.labels if sample.reviewed_at is not None else sample.read_as
        return self.parts.page(
            request,
            "sample.html",
            status,
            user=user,
            row=self._row(sample),
            topics=sorted((title, label_of(topic)) for topic, title in self.titles.items()),
            others=list(OTHERS.items()),
            concerns=[(name, CATEGORIES[name]) for name in CONCERNS],
            checked=checked,
            problem=problem,
            may_open=user.may(Right.WORK_CASES),
            done=request.query_params.get("done", ""),
        )

    async def label(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/insight/samples/{message id}: `verdict` is fine or changed; then `label`s and `concern`"""
        message_id = request.path_params["message_id"]
        form = await read_form(request)
        fine = field(form, "verdict") == "fine"
        given = [str(value) for value in form.getlist("label")]
        try:
            labels, concern = chosen(given, field(form, "concern"), self.titles)
        except ValueError as error:
            return await self._sample_page(request, user, status=422, problem=str(error))
        try:
            following = await run_in_threadpool(self._label, user, message_id, fine, labels, concern)
        except SampleGone:
            return self.parts.failure(request, 404, GONE)
        if concern is not None and not fine:
            return RedirectResponse(f"{SAMPLES}/{message_id}?done=concern", 303)
        return RedirectResponse(f"{SAMPLES}/{following}?done=saved" if following else SAMPLES, 303)

    async def open_case(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/insight/samples/{message id}/case: for those who may work cases too; others read whom to tell"""
        if not user.may(Right.WORK_CASES):
            return await self._sample_page(request, user, status=409, problem=CANNOT_OPEN)
        try:
            case_id = await run_in_threadpool(self._open_case, user, request.path_params["message_id"])
        except SampleGone:
            return self.parts.failure(request, 404, GONE)
        except NoConcern:
            return self.parts.failure(request, 409, "Say first which concern the message holds.")
        return RedirectResponse(f"/desk/cases/{case_id}", 303)

    async def download(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/insight/labels.yml"""
        text = await run_in_threadpool(self._labels, user)
        name = f"labels-{self.parts.clock().date()}.yml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)

    def _row(self, sample: Sample) -> SampleRow:
        return SampleRow(
            sample,
            day_words(sample.week),
            CHANNELS.get(sample.channel, sample.channel),
            self._words(sample.read_as, None),
            self._words(sample.labels, sample.concern),
        )

    def _words(self, labels: Sequence[str], concern: str | None) -> str:
        titles = {label_of(topic): title for topic, title in self.titles.items()}
        found = [titles.get(label) or OTHERS.get(label, label) for label in labels]
        if concern is not None:
            found.insert(0, f"Concern: {CATEGORIES[concern]}")
        return "; ".join(found) or "Nothing to be labelled"

    def _listed(self, user: DeskUser) -> list[Sample]:
        with self.parts.database.transaction() as session:
            found = samples.listed(session)
            entry = Entry(user.email, "sample_viewed", "samples", "all", {"samples": len(found)})
            record(session, entry, self.parts.clock())
        return found

    def _viewed(self, user: DeskUser, message_id: UUID) -> Sample:
        with self.parts.database.transaction() as session:
            found = samples.by_id(session, message_id)
            record(session, Entry(user.email, "sample_viewed", "sample", str(message_id)), self.parts.clock())
        return found

    def _label(
        self, user: DeskUser, message_id: UUID, fine: bool, labels: Sequence[str], concern: str | None
    ) -> UUID | None:
        """The next sample that still has to be read. Raises SampleGone."""
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            if fine:
                labels, concern = samples.by_id(session, message_id).read_as, None
            samples.label(session, message_id, labels, concern, user.email, now)
            following = samples.next_unread(session)
            details = {"labels": list(labels), "concern": concern or "", "fine": fine}
            record(session, Entry(user.email, "sample_labelled", "sample", str(message_id), details), now)
        return following

    def _open_case(self, user: DeskUser, message_id: UUID) -> UUID:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            opened = samples.open_case(session, message_id, user.email, now, self.alert)
            details = {"category": opened.case.category, "tier": opened.case.tier, "new": opened.is_new}
            record(session, Entry(user.email, "case_opened", "case", str(opened.case.id), details), now)
        return opened.case.id

    def _labels(self, user: DeskUser) -> str:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            found = samples.reviewed(session)
            text = training_data(found)
            entry = Entry(user.email, "labels_exported", "samples", "all", {"samples": len(found)})
            record(session, entry, now)
        return text


def _weeks(rows: Sequence[SampleRow]) -> list[Week]:
    """The newest week first."""
    counts = Counter(row.sample.week for row in rows)
    weeks = []
    for monday in counts:
        of_week = sorted((row for row in rows if row.sample.week == monday), key=lambda row: row.reviewed)
        read = sum(row.reviewed for row in of_week)
        progress = f"{read} of {counted(len(of_week), 'message', 'messages')} read"
        weeks.append(Week(f"Week of {day_words(monday)}", progress, tuple(of_week)))
    return weeks
