"""The care desk: everything under /desk. A new part of it is named here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gateway.desk.case_pages import CasePages
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.page_links import PageLinkPages
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in_pages import SignInPages


def desk_routes(parts: DeskParts) -> Sequence[DeskRoute]:
    guard = Guard(parts)
    return [
        *SignInPages(parts).routes(guard),
        *CasePages(parts).routes(guard),
        *PageLinkPages(parts).routes(guard),
    ]
