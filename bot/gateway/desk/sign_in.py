"""Who is at the desk: its cookies, the tokens of its forms, and whether a form was sent by one of our pages."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.accounts.users import SESSION_LIFETIME

SESSION_COOKIE: Final = "desk_session"
VISITOR_COOKIE: Final = "desk_visitor"
DEVICE_COOKIE: Final = "desk_device"
CLINIC_COOKIE: Final = "desk_clinic_sign_in"
WANTED_COOKIE: Final = "desk_wanted"
FORM_FIELD: Final = "csrf"
_PATH: Final = "/desk"
_LIFETIME: Final = int(SESSION_LIFETIME.total_seconds())
DEVICE_LIFETIME: Final = 90 * 24 * 3600
"""Seconds."""
_MOST_ACCOUNTS: Final = 8


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


@dataclass(frozen=True)
class Cookies:
    """Cookies that scripts cannot read and that other sites cannot send along with a form.

    Over HTTPS their names begin with `__Host-`: no other host of the same domain can set them. Whether it is HTTPS
    says the request, or `public_url` where a server in front of us speaks it.
    """

    public_url: str

    def secure(self, request: Request) -> bool:
        return request.url.scheme == "https" or self.public_url.startswith("https://")

    def get(self, request: Request, name: str) -> str:
        """Empty when there is none."""
        return request.cookies.get(self._name(request, name), "")

    def set(
        self, response: Response, request: Request, name: str, value: str, lifetime: int = _LIFETIME
    ) -> None:
        """`lifetime` in seconds."""
        secure = self.secure(request)
        response.set_cookie(
            self._name(request, name),
            value,
            max_age=lifetime,
            path="/" if secure else _PATH,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def drop(self, response: Response, request: Request, name: str) -> None:
        secure = self.secure(request)
        response.delete_cookie(
            self._name(request, name),
            path="/" if secure else _PATH,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def _name(self, request: Request, name: str) -> str:
        return f"__Host-{name}" if self.secure(request) else name


class Devices:
    """Remembers in a signed cookie who has signed in from a browser.

    Wrong tries from such a browser are counted by themselves: somebody elsewhere who keeps guessing cannot keep a
    clinician away from the desk.
    """

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="desk device")
        self._key = secret_key.encode()

    def id_for(self, cookie: str, email: str) -> str:
        """The browser's id if this person has signed in from it in the last 90 days, else empty."""
        device, accounts = self._read(cookie)
        return device if self._mark(email) in accounts else ""

    def with_account(self, cookie: str, email: str) -> str:
        """The cookie's new value, after this person has signed in."""
        device, accounts = self._read(cookie)
        mark = self._mark(email)
        kept = [mark, *(one for one in accounts if one != mark)][:_MOST_ACCOUNTS]
        return str(self._serializer.dumps([device or secrets.token_urlsafe(16), kept]))

    def _read(self, cookie: str) -> tuple[str, list[str]]:
        try:
            device, accounts = self._serializer.loads(cookie, max_age=DEVICE_LIFETIME)
        except (BadSignature, ValueError, TypeError):
            return "", []
        return str(device), [str(one) for one in accounts]

    def _mark(self, email: str) -> str:
        return hmac.new(self._key, b"device\x00" + email.encode(errors="replace"), "sha256").hexdigest()[:32]


def sent_by_our_page(request: Request, public_url: str) -> bool:
    """Whether a browser says that one of our own pages sent this form. What is no browser says nothing.

    The token in each form is the lock; this is the second bolt.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    if origin == "null":
        # What browsers send for a page that keeps its address to itself.
        return site == "same-origin"
    ours = {request.headers.get("host", "")}
    if public_url:
        ours.add(urlsplit(public_url).netloc)
    return urlsplit(origin).netloc in ours
