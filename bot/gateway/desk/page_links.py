"""Where the link in a page leads: to the sign-in, and from there to the case. It shows nothing of the case itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.escalation.links import PATH, CaseLinks
from bot.escalation.setting import desk_address
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts

EXPIRED: Final = (
    "This link has expired or is damaged. Look for the case in the list: the page named its reference."
)


@dataclass(frozen=True)
class PageLinkPages:
    """/desk/page/{token}"""

    parts: DeskParts

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        return [guard.open_route(f"{PATH}{{token}}", self.follow)]

    async def follow(self, request: Request) -> Response:
        """GET /desk/page/{token}: to the case for who is signed in, to the sign-in for everybody else."""
        token = request.path_params["token"]
        settings = self.parts.settings
        links = CaseLinks(settings.secret_key, desk_address(settings))
        case_id = links.case_of(token, self.parts.clock())
        if case_id is None:
            return self.parts.failure(request, 404, EXPIRED)
        # The guard sends on to the sign-in whoever needs it, and remembers the case.
        return RedirectResponse(f"/desk/cases/{case_id}", 303)
