"""What every page of the desk is made with: the database, the templates, the tokens of forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from bot.accounts.roles import Right
from bot.database import Database
from bot.escalation.setting import paging_warning
from bot.gateway.changes import Changes
from bot.gateway.desk.sign_in import SESSION_COOKIE, Cookies, FormTokens
from bot.settings import Settings

LONGEST_FIELD: Final = 1_000
MOST_FIELDS: Final = 20

_templates: Final = Jinja2Templates(directory=Path(__file__).resolve().parent / "templates")
_templates.env.globals["Right"] = Right


@dataclass(frozen=True)
class DeskParts:
    """`clock` gives the time in UTC; `changes` wakes whoever follows a conversation."""

    settings: Settings
    database: Database
    forms: FormTokens
    changes: Changes
    clock: Callable[[], datetime]

    @property
    def cookies(self) -> Cookies:
        return Cookies(self.settings.public_url)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        values.setdefault("csrf", self.forms.issue(self.cookies.get(request, SESSION_COOKIE)))
        values.setdefault("user", getattr(request.state, "user", None))
        response = _templates.TemplateResponse(
            request,
            template,
            {
                "clinic_name": self.settings.clinic_name,
                "paging_warning": paging_warning(self.settings),
                **values,
            },
            status_code=status,
        )
        # Under `no-referrer` browsers would not name the origin of our own forms.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def failure(self, request: Request, status: int, message: str) -> Response:
        return self.page(request, "failure.html", status, message=message)


async def read_form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


def field(form: FormData, name: str, longest: int = LONGEST_FIELD) -> str:
    """A text field; empty when it is missing, a file, or holds what no text has."""
    value = form.get(name, "")
    return value[:longest] if isinstance(value, str) and "\x00" not in value else ""
