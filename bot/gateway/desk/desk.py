"""The care desk: everything under /desk. A new part of it is named here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gateway.desk.case_pages import CasePages
from bot.gateway.desk.case_steps import CaseSteps
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.live import LivePages
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in_pages import SignInPages


def desk_routes(parts: DeskParts) -> Sequence[DeskRoute]:
    guard = Guard(parts)
    cases = CasePages(parts)
    return [
        *SignInPages(parts).routes(guard),
        *cases.routes(guard),
        *CaseSteps(parts, cases).routes(guard),
        *LivePages(parts).routes(guard),
    ]
