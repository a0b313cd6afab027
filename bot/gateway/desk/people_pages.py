"""The accounts of the care desk, for administrators. They see no patient and no case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import management
from bot.accounts.errors import AccountError
from bot.accounts.management import Account
from bot.accounts.roles import Right, Role
from bot.accounts.users import DeskUser
from bot.audit import Entry, record
from bot.gateway.desk.guard import DeskRoute, Guard
from bot.gateway.desk.invitation_pages import INVITATION
from bot.gateway.desk.parts import DeskParts, field, read_form
from bot.gateway.desk.view import Moment
from bot.gateway.desk.words import ROLES

ACCOUNTS: Final = "/desk/accounts"
DONE: Final = {
    "role": "The role is changed. Signing in again brings it about.",
    "disable": "The account is disabled and signed out.",
    "enable": "The account can sign in again.",
    "reset-second-factor": "The second factor is gone. The next sign-in sets up a new one.",
    "add": "The account is there. Its owner uses the clinic's sign-in.",
}


@dataclass(frozen=True)
class AccountRow:
    account: Account
    role: str
    last_sign_in: Moment | None
    invited_until: Moment | None
    oneself: bool


@dataclass(frozen=True)
class PeoplePages:
    """/desk/accounts"""

    parts: DeskParts

    def routes(self, guard: Guard) -> Sequence[DeskRoute]:
        manage = Right.MANAGE_ACCOUNTS
        one = ACCOUNTS + "/{user_id:uuid}"
        return [
            guard.route(ACCOUNTS, self.show_all, manage),
            guard.route(ACCOUNTS, self.add, manage, method="POST"),
            guard.route(one + "/link", self.make_link, manage, method="POST"),
            guard.route(one + "/{step}", self.change, manage, method="POST"),
        ]

    async def show_all(self, request: Request, user: DeskUser) -> Response:
        """GET /desk/accounts"""
        return await self._page(request, user, 200, done=DONE.get(request.query_params.get("done", ""), ""))

    async def _page(
        self,
        request: Request,
        user: DeskUser,
        status: int,
        *,
        done: str = "",
        problem: str = "",
        link: str = "",
        link_for: str = "",
        typed: dict[str, str] | None = None,
    ) -> Response:
        rows = await run_in_threadpool(self._rows, user)
        return self.parts.page(
            request,
            "accounts.html",
            status,
            rows=rows,
            roles=ROLES,
            done=done,
            problem=problem,
            link=link,
            link_for=link_for,
            typed=typed or {},
            passwords=self.parts.settings.desk_passwords,
        )

    def _rows(self, user: DeskUser) -> list[AccountRow]:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            found = management.all_accounts(session)
        return [_row(account, user, now) for account in found]

    async def add(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/accounts"""
        form = await read_form(request)
        typed = {name: field(form, name) for name in ("email", "name", "role")}
        try:
            account, token = await run_in_threadpool(self._add, user, typed)
        except AccountError as error:
            return await self._page(request, user, 422, problem=f"{error}.", typed=typed)
        if not token:
            return RedirectResponse(ACCOUNTS + "?done=add", 303)
        return await self._link_page(request, user, account, token)

    def _add(self, user: DeskUser, typed: dict[str, str]) -> tuple[Account, str]:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            new_id = management.add(session, typed["email"], typed["name"], typed["role"], None)
            account = management.account_of(session, new_id)
            # Without passwords there is nothing to choose: the clinic's sign-in finds the address.
            token = management.invite(session, account, user, now) if self._invites else ""
            _record(session, user, "added", account, now, role=account.role)
            return account, token

    @property
    def _invites(self) -> bool:
        return self.parts.settings.desk_passwords

    async def make_link(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/accounts/{id}/link"""
        try:
            account, token = await run_in_threadpool(self._invite, user, request.path_params["user_id"])
        except AccountError as error:
            return await self._page(request, user, 409, problem=f"{error}.")
        return await self._link_page(request, user, account, token)

    def _invite(self, user: DeskUser, user_id: UUID) -> tuple[Account, str]:
        now = self.parts.clock()
        if not self._invites:
            raise AccountError("Passwords are switched off here: people use the clinic's sign-in")
        with self.parts.database.transaction() as session:
            account = management.account_of(session, user_id)
            token = management.invite(session, account, user, now)
            _record(session, user, "invited", account, now)
            return account, token

    async def _link_page(self, request: Request, user: DeskUser, account: Account, token: str) -> Response:
        """The only time that the link is shown."""
        site = self.parts.settings.public_url or str(request.base_url).rstrip("/")
        link = f"{site}{INVITATION}?token={token}"
        return await self._page(request, user, 200, link=link, link_for=account.email)

    async def change(self, request: Request, user: DeskUser) -> Response:
        """POST /desk/accounts/{id}/role, disable, enable, reset-second-factor"""
        step = request.path_params["step"]
        if step not in _CHANGES:
            return self.parts.failure(request, 404, "There is nothing at this address.")
        role = field(await read_form(request), "role")
        try:
            await run_in_threadpool(self._change, step, request.path_params["user_id"], user, role)
        except AccountError as error:
            return await self._page(request, user, 409, problem=f"{error}.")
        return RedirectResponse(f"{ACCOUNTS}?done={step}", 303)

    def _change(self, step: str, user_id: UUID, user: DeskUser, role: str) -> None:
        now = self.parts.clock()
        with self.parts.database.transaction() as session:
            account = management.account_of(session, user_id)
            if step == "role" and account.from_clinic and self.parts.settings.oidc_issuer:
                raise AccountError("The role comes with the clinic's sign-in: change the group there")
            details = _CHANGES[step](session, account, user, role)
            _record(session, user, _ACTIONS[step], account, now, **details)


def _row(account: Account, user: DeskUser, now: datetime) -> AccountRow:
    seen, invited = account.last_sign_in_at, account.invited_until
    return AccountRow(
        account,
        ROLES[account.role],
        None if seen is None else Moment.of(seen),
        None if invited is None or invited <= now else Moment.of(invited),
        account.id == user.id,
    )


def _record(
    session: Session, user: DeskUser, action: str, account: Account, now: datetime, **details: Any
) -> None:
    full = action if action.startswith("second_factor") else f"account_{action}"
    record(session, Entry(user.email, full, "account", account.email, details), now)


def _set_role(session: Session, account: Account, by: DeskUser, role: str) -> dict[str, str]:
    management.set_role(session, account, role, by)
    return {"from": account.role, "to": Role(role).value}


def _disable(session: Session, account: Account, by: DeskUser, role: str) -> dict[str, str]:
    management.disable(session, account, by)
    return {}


def _enable(session: Session, account: Account, by: DeskUser, role: str) -> dict[str, str]:
    management.enable(session, account, by)
    return {}


def _reset(session: Session, account: Account, by: DeskUser, role: str) -> dict[str, str]:
    management.reset_second_factor(session, account, by)
    return {}


_CHANGES: Final[dict[str, Callable[[Session, Account, DeskUser, str], dict[str, str]]]] = {
    "role": _set_role,
    "disable": _disable,
    "enable": _enable,
    "reset-second-factor": _reset,
}
_ACTIONS: Final = {
    "role": "role_changed",
    "disable": "disabled",
    "enable": "enabled",
    "reset-second-factor": "second_factor_reset",
}
