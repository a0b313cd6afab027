"""Who is at the desk: the session cookie, and the tokens that keep other sites from pressing our buttons."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.accounts.users import SESSION_LIFETIME

SESSION_COOKIE: Final = "desk_session"
VISITOR_COOKIE: Final = "desk_visitor"
FORM_FIELD: Final = "csrf"
_PATH: Final = "/desk"
_LIFETIME: Final = int(SESSION_LIFETIME.total_seconds())


class FormTokens:
    """Signs what binds a form to its browser: the session's token, or a visitor's cookie before the sign-in."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="desk form")

    def issue(self, binding: str) -> str:
        return str(self._serializer.dumps(_digest(binding)))

    def valid(self, token: object, binding: str) -> bool:
        if not isinstance(token, str) or not binding:
            return False
        try:
            found = self._serializer.loads(token, max_age=_LIFETIME)
        except BadSignature:
            return False
        return isinstance(found, str) and hmac.compare_digest(found, _digest(binding))


def _digest(binding: str) -> str:
    return hmac.new(b"desk form", binding.encode(), "sha256").hexdigest()


def new_visitor() -> str:
    return secrets.token_urlsafe(24)


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """A cookie that scripts cannot read and other sites cannot send along with a form."""
    response.set_cookie(
        name,
        value,
        max_age=_LIFETIME,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path=_PATH, httponly=True, samesite="lax")
