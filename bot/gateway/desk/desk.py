"""The care desk: everything under /desk. A new part of it is named here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.registry import alert_channels
from bot.content.answers import AnswerBook
from bot.gateway.desk.account_pages import AccountPages
from bot.gateway.desk.audit_pages import AuditPages
from bot.gateway.desk.case_pages import CasePages
from bot.gateway.desk.case_steps import CaseSteps
from bot.gateway.desk.clinic_pages import ClinicPages
from bot.gateway.desk.entrance import Entrance
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.insight_pages import InsightPages
from bot.gateway.desk.invitation_pages import InvitationPages
from bot.gateway.desk.live import LivePages
from bot.gateway.desk.openid import Provider
from bot.gateway.desk.page_links import PageLinkPages
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.people_pages import PeoplePages
from bot.gateway.desk.question_pages import QuestionPages
from bot.gateway.desk.sample_pages import SamplePages
from bot.gateway.desk.second_factor_pages import SecondFactorPages
from bot.gateway.desk.sign_in_pages import SignInPages
from bot.insight.grouping import Encode, Vectors, by_words


def desk_routes(parts: DeskParts, encode: Encode = by_words) -> Sequence[DeskRoute]:
    """`encode` tells which questions mean the same. Raises ContentError, SettingError."""
    guard = Guard(parts)
    titles = {answer.topic: answer.title for answer in AnswerBook.load(parts.settings.data_dir / "responses")}
    cases = CasePages(parts)
    entrance = Entrance.of(parts)
    return [
        *SignInPages(parts, entrance).routes(guard),
        *SecondFactorPages(parts, entrance).routes(guard),
        *ClinicPages(parts, entrance, Provider(parts.settings, parts.clock)).routes(guard),
        *InvitationPages(parts, entrance).routes(guard),
        *AccountPages(parts, entrance).routes(guard),
        *PeoplePages(parts).routes(guard),
        *cases.routes(guard),
        *CaseSteps(parts, cases).routes(guard),
        *LivePages(parts).routes(guard),
        *AuditPages(parts).routes(guard),
        *PageLinkPages(parts).routes(guard),
        *QuestionPages(parts, Vectors(encode)).routes(guard),
        *InsightPages(parts, titles).routes(guard),
        *SamplePages(parts, titles, alert_channels(parts.settings)).routes(guard),
    ]
