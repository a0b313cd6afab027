"""Who may use which route of the care desk: the table that tests/contract/desk/test_access.py walks over.

A NEW ROUTE IS ONE LINE HERE. Its key is the method and the path as the code writes it. Its value says which roles may
use it: CASES, INSIGHT, QUESTIONS, SAMPLES, ACCOUNTS, AUDIT, EVERYBODY (who is signed in), or `Row(())` for a route that
is open before the sign-in. A path with parameters needs a value for each: `case_id`, `user_id` and the others in
VALUES are filled in by themselves, any further one stands in `values`. `fields` are sent with a POST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Row:
    """`roles`: who gets in. `leaves`: whoever may use the route is signed out by it."""

    roles: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    leaves: bool = False
    early: bool = False


CLINICIAN, LEAD, OWNER, ADMINISTRATOR = ROLES = ("clinician", "lead", "content_owner", "administrator")

CASES: Final = Row((CLINICIAN, LEAD))
INSIGHT: Final = Row((LEAD, OWNER))
QUESTIONS: Final = Row((LEAD, OWNER))
SAMPLES: Final = Row((LEAD, OWNER))
ACCOUNTS: Final = Row((ADMINISTRATOR,))
AUDIT: Final = Row((LEAD, ADMINISTRATOR))
EVERYBODY: Final = Row(ROLES)
OPEN: Final = Row(())
NO_SAMPLE: Final = {"message_id": "00000000-0000-0000-0000-000000000000"}

TABLE: Final[Mapping[str, Row]] = {
    # The way in
    "GET /desk/sign-in": OPEN,
    "POST /desk/sign-in": OPEN,
    "GET /desk/sign-in/clinic": OPEN,
    "GET /desk/sign-in/clinic/return": OPEN,
    "GET /desk/invitation": OPEN,
    "POST /desk/invitation": OPEN,
    "GET /desk/second-factor": Row(ROLES, early=True),
    "POST /desk/second-factor": Row(ROLES, early=True),
    "GET /desk/second-factor/set-up": Row(ROLES, early=True),
    "POST /desk/second-factor/set-up": Row(ROLES, early=True),
    "GET /desk/page/{token}": Row((), values={"token": "forged"}),
    "POST /desk/sign-out": Row(ROLES, leaves=True, early=True),
    # One's own account
    "GET /desk/account": EVERYBODY,
    "POST /desk/account/password": EVERYBODY,
    "POST /desk/account/recovery-codes": EVERYBODY,
    "POST /desk/account/sign-out-everywhere": Row(ROLES, leaves=True),
    # Everybody's accounts
    "GET /desk/accounts": ACCOUNTS,
    "POST /desk/accounts": ACCOUNTS,
    "POST /desk/accounts/{user_id:uuid}/link": ACCOUNTS,
    "POST /desk/accounts/{user_id:uuid}/{step}": Row((ADMINISTRATOR,), values={"step": "enable"}),
    # The audit trail
    "GET /desk/audit": AUDIT,
    # Cases
    "GET /desk": CASES,
    "GET /desk/live": CASES,
    "GET /desk/events": CASES,
    "GET /desk/cases/{case_id:uuid}": CASES,
    "GET /desk/cases/{case_id:uuid}/live": CASES,
    "POST /desk/cases/{case_id:uuid}/acknowledge": CASES,
    "POST /desk/cases/{case_id:uuid}/claim": CASES,
    "POST /desk/cases/{case_id:uuid}/release": CASES,
    "POST /desk/cases/{case_id:uuid}/start": CASES,
    "POST /desk/cases/{case_id:uuid}/note": CASES,
    "POST /desk/cases/{case_id:uuid}/reply": CASES,
    "POST /desk/cases/{case_id:uuid}/return": CASES,
    "POST /desk/cases/{case_id:uuid}/resolve": CASES,
    "POST /desk/cases/{case_id:uuid}/reopen": CASES,
    # Insight
    "GET /desk/insight": INSIGHT,
    "GET /desk/insight/{name}.csv": Row((LEAD, OWNER), values={"name": "outcomes"}),
    "GET /desk/insight/questions": QUESTIONS,
    "GET /desk/insight/questions.csv": QUESTIONS,
    "POST /desk/insight/questions/status": QUESTIONS,
    "GET /desk/insight/samples": SAMPLES,
    "GET /desk/insight/labels.yml": SAMPLES,
    "GET /desk/insight/samples/{message_id:uuid}": Row((LEAD, OWNER), values=NO_SAMPLE),
    "POST /desk/insight/samples/{message_id:uuid}": Row((LEAD, OWNER), values=NO_SAMPLE),
    "POST /desk/insight/samples/{message_id:uuid}/case": Row((LEAD, OWNER), values=NO_SAMPLE),
}

HOW: Final = (
    "Every route of the care desk stands in the table of tests/support/desk_routes.py, with the roles that may use it. "
    "Add one line there for each of these routes, and take away those that are gone: "
)
