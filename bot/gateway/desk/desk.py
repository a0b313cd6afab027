"""The care desk: everything under /desk. A new part of it is named here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.registry import alert_channels
from bot.content.answers import AnswerBook
from bot.gateway.desk.case_pages import CasePages
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.insight_pages import InsightPages
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.question_pages import QuestionPages
from bot.gateway.desk.sample_pages import SamplePages
from bot.gateway.desk.sign_in_pages import SignInPages
from bot.insight.grouping import Encode, Vectors, by_words


def desk_routes(parts: DeskParts, encode: Encode = by_words) -> Sequence[DeskRoute]:
    """`encode` tells which questions mean the same. Raises ContentError, SettingError."""
    guard = Guard(parts)
    titles = {answer.topic: answer.title for answer in AnswerBook.load(parts.settings.data_dir / "responses")}
    return [
        *SignInPages(parts).routes(guard),
        *CasePages(parts).routes(guard),
        *QuestionPages(parts, Vectors(encode)).routes(guard),
        *InsightPages(parts, titles).routes(guard),
        *SamplePages(parts, titles, alert_channels(parts.settings)).routes(guard),
    ]
