"""Where the link in a page leads: to the sign-in, and from there to the case. It shows nothing of the case itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import users
from bot.escalation.links import PATH, CaseLinks
from bot.escalation.setting import desk_address
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import SESSION_COOKIE

WANTED_COOKIE: Final = "desk_wanted"
# As long as signing in may take, second factor included.
_WANTED_SECONDS: Final = 15 * 60
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.-]{20,160}")
EXPIRED: Final = (
    "This link has expired or is damaged. Look for the case in the list: the page named its reference."
)


def after_sign_in(request: Request) -> str:
    """Where somebody who has signed in goes: to the case whose link they had followed, or to the list."""
    token = request.cookies.get(WANTED_COOKIE, "")
    return f"{PATH}{token}" if _TOKEN.fullmatch(token) else "/desk"


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
            page = self.parts.failure(request, 404, EXPIRED)
            page.delete_cookie(WANTED_COOKIE, path="/desk", httponly=True, samesite="lax")
            return page
        if await run_in_threadpool(self._signed_in, request.cookies.get(SESSION_COOKIE, "")):
            response = RedirectResponse(f"/desk/cases/{case_id}", 303)
            response.delete_cookie(WANTED_COOKIE, path="/desk", httponly=True, samesite="lax")
            return response
        response = RedirectResponse("/desk/sign-in", 303)
        response.set_cookie(
            WANTED_COOKIE,
            token,
            max_age=_WANTED_SECONDS,
            path="/desk",
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    def _signed_in(self, token: str) -> bool:
        if not token:
            return False
        with self.parts.database.transaction() as session:
            return users.user_of_session(session, token, self.parts.clock()) is not None
