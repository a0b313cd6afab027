"""The way in, whichever it is: counting tries, starting the session, going on to the next step or the first page."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import second_factor, tries, users
from bot.accounts.delays import wait_words
from bot.accounts.sealing import Sealer
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.guard import CODE_PAGE, SET_UP_PAGE, arrival
from bot.gateway.desk.parts import DeskParts
from bot.gateway.desk.sign_in import (
    DEVICE_COOKIE,
    DEVICE_LIFETIME,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    WANTED_COOKIE,
    Devices,
)
from bot.gateway.rate_limit import Buckets, Rate

TRIES_OF_ADDRESS = Rate(burst=30, per_second=1 / 5)


@dataclass(frozen=True)
class Entered:
    """Somebody with a new session. `step` is the page that comes before all others; None when they are in."""

    user: DeskUser
    token: str
    step: str | None


@dataclass(frozen=True)
class Entrance:
    """Shared by the pages on the way in. Each network address has one allowance of tries, for all of them."""

    parts: DeskParts
    devices: Devices
    secrets: Sealer
    tries_of_address: Buckets = dataclass_field(default_factory=lambda: Buckets(TRIES_OF_ADDRESS))

    @classmethod
    def of(cls, parts: DeskParts) -> Entrance:
        key = parts.settings.secret_key
        return cls(parts, Devices(key), second_factor.sealer(key))

    def wait(self, request: Request, purpose: str, subject: str, email: str) -> tuple[timedelta, bytes]:
        """Count a try, in a transaction of its own. How long to wait (zero: go on), and the key to forget it by."""
        device = self.devices.id_for(self.parts.cookies.get(request, DEVICE_COOKIE), email)
        key = tries.key_of(self.parts.settings.secret_key, purpose, subject, device)
        seconds = self.tries_of_address.take(request.client.host if request.client else "")
        if seconds:
            return timedelta(seconds=seconds), key
        with self.parts.database.transaction() as session:
            return tries.begin(session, key, self.parts.clock()), key

    def enter(
        self, session: Session, user: DeskUser, way: str, *, proved: bool, old_token: str = ""
    ) -> Entered:
        """Start a session under a new token and write it down; `proved`: past a second factor."""
        now = self.parts.clock()
        if old_token:
            users.end_session(session, old_token)
        token = users.start_session(session, user, now, second_factor=proved)
        step = self._step(session, user, proved)
        action = "signed_in" if step is None else "sign_in_started"
        record(
            session,
            Entry(user.email, action, "account", user.email, {"by": way, "second_factor": proved}),
            now,
        )
        return Entered(user, token, step)

    def _step(self, session: Session, user: DeskUser, proved: bool) -> str | None:
        if proved:
            return None
        if second_factor.is_set_up(session, user.id):
            return CODE_PAGE
        return SET_UP_PAGE if self.parts.settings.second_factor_required else None

    def welcome(self, request: Request, entered: Entered) -> Response:
        """To the next step, or in."""
        page = entered.step or arrival(request, entered.user, self.parts.cookies)
        response = RedirectResponse(page, 303)
        self.give_cookies(response, request, entered)
        return response

    def give_cookies(self, response: Response, request: Request, entered: Entered) -> None:
        cookies = self.parts.cookies
        cookies.set(response, request, SESSION_COOKIE, entered.token)
        cookies.drop(response, request, VISITOR_COOKIE)
        if entered.step is None:
            cookies.drop(response, request, WANTED_COOKIE)
            known = self.devices.with_account(cookies.get(request, DEVICE_COOKIE), entered.user.email)
            cookies.set(response, request, DEVICE_COOKIE, known, DEVICE_LIFETIME)


def failed(session: Session, actor: str, what: str, now: datetime) -> None:
    """Write down a wrong password or code. `actor` is `unknown` unless the account exists: it may be a password."""
    record(session, Entry(actor, "sign_in_failed", "account", actor, {"what": what}), now)


def too_many(wait: timedelta) -> str:
    return f"Too many tries. Wait {wait_words(wait)} and try again."
