"""How each route of the care desk is used, so that tests/contract/desk/test_audit_of_routes.py can see what it records.

A NEW ROUTE IS ONE LINE HERE. Its key is the method and the path as the code writes it.

- `USED`: the action that it records, the role of whoever uses it, and how. `how` prepares what the route needs and
  gives back the request, not yet sent.
- `SHOWS_NOBODYS_WORDS`: a GET route that shows nothing of any patient, and why it records nothing.
- `PROVED_ELSEWHERE`: the test that proves it, where the route needs more than a front door.

A POST route can only stand in the first or the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from bot.accounts import management, second_factor, totp, users
from bot.accounts.sealing import Sealer
from bot.accounts.users import DeskUser
from bot.cases import work
from bot.cases.domain import Resolution
from bot.conversations.service import utc_now
from bot.database import Database
from bot.gateway.desk.sign_in import FormTokens, new_visitor
from bot.settings import Settings
from tests.support.desk import PASSWORD, browser_with, desk_user
from tests.support.patient import Patient
from tests.support.world import rows

PATIENT_WROTE: Final = "Quixotic marzipan"
CLINICIAN_WROTE: Final = "Lugubrious teapot"
NEW_PASSWORD: Final = "another long password, for tests"


@dataclass
class Request:
    """A request that somebody is about to send. `actor` is how the trail should name them."""

    browser: httpx.Client
    method: str
    path: str
    actor: str
    fields: dict[str, str] = field(default_factory=dict)

    def send(self) -> httpx.Response:
        if self.method == "POST":
            return self.browser.post(self.path, data=self.fields)
        return self.browser.get(self.path)


@dataclass
class Stage:
    """A front door with people and cases of their own for each use."""

    door: str
    database: Database
    settings: Settings
    role: str

    def somebody(self, *, second_factor: bool = True) -> Somebody:
        user = desk_user(self.database, f"{uuid4().hex}@clinic.example", self.role)
        with self.database.transaction() as session:
            token = users.start_session(session, user, utc_now(), second_factor=second_factor)
        browser = browser_with(self.door, token)
        browser.follow_redirects = False
        return Somebody(self, user, token, browser)

    def visitor(self) -> tuple[httpx.Client, str]:
        """Somebody on the way in: the browser, and the token of its forms."""
        visitor = new_visitor()
        browser = httpx.Client(base_url=self.door, trust_env=False)
        for name in ("desk_visitor", "__Host-desk_visitor"):
            browser.cookies.set(name, visitor)
        return browser, FormTokens(self.settings.secret_key).issue(visitor)

    def case(self) -> str:
        """The id of a new case, whose conversation holds PATIENT_WROTE."""
        patient = Patient(self.door)
        message_id = patient.say(f"hello, I am pregnant. {PATIENT_WROTE}")
        patient.http.close()
        return str(rows(self.database, "SELECT id FROM cases WHERE message_id = :m", m=message_id)[0].id)

    def message(self, table: str, **values: str) -> str:
        """A patient's message in a table of insight, in place of what a chore puts there; its id."""
        message_id = rows(self.database, "SELECT message_id FROM cases WHERE id = :c", c=self.case())[
            0
        ].message_id
        columns = {"message_id": str(message_id), "text": PATIENT_WROTE, **values}
        names, places = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        rows(self.database, f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING 1", **columns)
        return str(message_id)


@dataclass
class Somebody:
    """Who is signed in."""

    stage: Stage
    user: DeskUser
    token: str
    browser: httpx.Client

    def gets(self, path: str) -> Request:
        return Request(self.browser, "GET", path, self.user.email)

    def posts(self, path: str, **fields: str) -> Request:
        csrf = FormTokens(self.stage.settings.secret_key).issue(self.token)
        return Request(self.browser, "POST", path, self.user.email, {"csrf": csrf, **fields})


@dataclass(frozen=True)
class Use:
    """`also`: other actions that the same request records."""

    action: str
    role: str
    how: Callable[[Stage], Request]
    also: tuple[str, ...] = ()


def gets(path: str) -> Callable[[Stage], Request]:
    """`{case}` in the path is a new case."""
    return lambda stage: stage.somebody().gets(path.replace("{case}", stage.case()))


def step(name: str, *before: str, **fields: str) -> Callable[[Stage], Request]:
    """A step of a case, after others by the same person."""

    def how(stage: Stage) -> Request:
        case_id, one = stage.case(), stage.somebody()
        for earlier in before:
            _take(stage, earlier, case_id, one.user)
        return one.posts(f"/desk/cases/{case_id}/{name}", **fields)

    return how


def _take(stage: Stage, name: str, case_id: str, user: DeskUser) -> None:
    now, steps = utc_now(), _steps()
    with stage.database.transaction() as session:
        found: Any = rows(stage.database, "SELECT id FROM cases WHERE id = :c", c=case_id)[0].id
        steps[name](session, found, user, now)


def _steps() -> dict[str, Callable[..., object]]:
    return {
        "claim": lambda session, case, user, now: work.claim(session, case, user, now),
        "acknowledge": lambda session, case, user, now: work.acknowledge(session, case, user.email, now),
        "reply": lambda session, case, user, now: work.reply(session, case, user, CLINICIAN_WROTE, now),
        "resolve": lambda session, case, user, now: work.resolve(
            session, case, user.email, Resolution.CONTACTED, "", now
        ),
    }


def sign_in(stage: Stage) -> Request:
    user = desk_user(stage.database, f"{uuid4().hex}@clinic.example", stage.role)
    browser, csrf = stage.visitor()
    fields = {"csrf": csrf, "email": user.email, "password": PASSWORD}
    return Request(browser, "POST", "/desk/sign-in", user.email, fields)


def accept_invitation(stage: Stage) -> Request:
    user = desk_user(stage.database, f"{uuid4().hex}@clinic.example", stage.role)
    with stage.database.transaction() as session:
        account = management.account_of(session, user.id)
        token = management.invite(session, account, None, utc_now())
    browser, csrf = stage.visitor()
    fields = {"csrf": csrf, "token": token, "wanted": NEW_PASSWORD, "again": NEW_PASSWORD}
    return Request(browser, "POST", "/desk/invitation", user.email, fields)


def set_up_second_factor(stage: Stage) -> Request:
    one, secret = stage.somebody(), totp.new_secret()
    offer = Sealer(stage.settings.secret_key, "second factor offered").seal([str(one.user.id), secret])
    code = totp.code_at(secret, totp.step_at(utc_now()))
    return one.posts("/desk/second-factor/set-up", offer=offer.decode("ascii"), code=code)


def with_code(path: str, *, halfway: bool = False) -> Callable[[Stage], Request]:
    def how(stage: Stage) -> Request:
        one, secret = stage.somebody(second_factor=not halfway), totp.new_secret()
        present = totp.step_at(utc_now())
        box = second_factor.sealer(stage.settings.secret_key)
        with stage.database.transaction() as session:
            second_factor.set_up(session, box, one.user.id, secret, present - 1, utc_now())
        return one.posts(path, code=totp.code_at(secret, present))

    return how


def own(path: str, **fields: str) -> Callable[[Stage], Request]:
    return lambda stage: stage.somebody().posts(path, **fields)


def to_account(action: str, **fields: str) -> Callable[[Stage], Request]:
    """Something that an administrator does to somebody else's account."""

    def how(stage: Stage) -> Request:
        other = desk_user(stage.database, f"{uuid4().hex}@clinic.example", "clinician")
        return stage.somebody().posts(f"/desk/accounts/{other.id}/{action}", **fields)

    return how


def sample(end: str = "", **fields: str) -> Callable[[Stage], Request]:
    def how(stage: Stage) -> Request:
        path = f"/desk/insight/samples/{stage.message('review_samples', week='2026-11-16')}{end}"
        return stage.somebody().posts(path, **fields) if fields else stage.somebody().gets(path)

    return how


def mark_question(stage: Stage) -> Request:
    message_id = stage.message("unanswered_questions", channel="widget")
    asked = rows(stage.database, "SELECT id FROM unanswered_questions WHERE message_id = :m", m=message_id)
    return stage.somebody().posts("/desk/insight/questions/status", ids=str(asked[0].id), status="wanted")


def open_sampled_case(stage: Stage) -> Request:
    found = sample("/case", concern="x")(stage)
    message_id = found.path.split("/")[-2]
    rows(
        stage.database,
        "UPDATE review_samples SET concern = 'concern_mood', reviewed_by = 'lee', reviewed_at = now()"
        " WHERE message_id = :m RETURNING 1",
        m=message_id,
    )
    return found


_CASE: Final = "/desk/cases/{case_id:uuid}"
_SAMPLE: Final = "/desk/insight/samples/{message_id:uuid}"

USED: Final[Mapping[str, Use]] = {
    # The way in, and one's own account
    "POST /desk/sign-in": Use("signed_in", "clinician", sign_in),
    "POST /desk/sign-out": Use("signed_out", "clinician", own("/desk/sign-out")),
    "POST /desk/invitation": Use(
        "account_invitation_accepted", "clinician", accept_invitation, also=("signed_in",)
    ),
    "POST /desk/second-factor": Use("signed_in", "clinician", with_code("/desk/second-factor", halfway=True)),
    "POST /desk/second-factor/set-up": Use(
        "second_factor_set_up", "clinician", set_up_second_factor, also=("signed_in",)
    ),
    "POST /desk/account/password": Use(
        "account_password_changed",
        "clinician",
        own("/desk/account/password", present=PASSWORD, wanted=NEW_PASSWORD, again=NEW_PASSWORD),
        also=("signed_in",),
    ),
    "POST /desk/account/recovery-codes": Use(
        "second_factor_codes_renewed", "clinician", with_code("/desk/account/recovery-codes")
    ),
    "POST /desk/account/sign-out-everywhere": Use(
        "signed_out", "clinician", own("/desk/account/sign-out-everywhere")
    ),
    # Everybody's accounts
    "POST /desk/accounts": Use(
        "account_added",
        "administrator",
        lambda stage: stage.somebody().posts(
            "/desk/accounts", email=f"{uuid4().hex}@clinic.example", name="Dr New", role="clinician"
        ),
    ),
    "POST /desk/accounts/{user_id:uuid}/link": Use("account_invited", "administrator", to_account("link")),
    "POST /desk/accounts/{user_id:uuid}/{step}": Use(
        "account_role_changed", "administrator", to_account("role", role="lead")
    ),
    # Cases
    f"GET {_CASE}": Use("case_viewed", "clinician", gets("/desk/cases/{case}")),
    f"GET {_CASE}/live": Use("case_viewed", "clinician", gets("/desk/cases/{case}/live")),
    f"POST {_CASE}/claim": Use("case_claimed", "clinician", step("claim")),
    f"POST {_CASE}/release": Use("case_released", "clinician", step("release", "claim")),
    f"POST {_CASE}/acknowledge": Use("case_acknowledged", "clinician", step("acknowledge")),
    f"POST {_CASE}/start": Use("case_started", "clinician", step("start", "claim")),
    f"POST {_CASE}/note": Use("case_noted", "clinician", step("note", note=CLINICIAN_WROTE)),
    f"POST {_CASE}/reply": Use("case_replied", "clinician", step("reply", reply=CLINICIAN_WROTE)),
    f"POST {_CASE}/return": Use("conversation_returned", "clinician", step("return", "claim", "reply")),
    f"POST {_CASE}/resolve": Use(
        "case_resolved",
        "clinician",
        step("resolve", "acknowledge", resolution="contacted", comment=CLINICIAN_WROTE),
    ),
    f"POST {_CASE}/reopen": Use("case_reopened", "clinician", step("reopen", "acknowledge", "resolve")),
    # Insight
    "GET /desk/insight/{name}.csv": Use("insight_exported", "lead", gets("/desk/insight/times.csv")),
    "GET /desk/insight/questions": Use("questions_viewed", "lead", gets("/desk/insight/questions")),
    "GET /desk/insight/questions.csv": Use("insight_exported", "lead", gets("/desk/insight/questions.csv")),
    "POST /desk/insight/questions/status": Use("question_marked", "content_owner", mark_question),
    "GET /desk/insight/samples": Use("sample_viewed", "lead", gets("/desk/insight/samples")),
    "GET /desk/insight/labels.yml": Use("labels_exported", "lead", gets("/desk/insight/labels.yml")),
    f"GET {_SAMPLE}": Use("sample_viewed", "content_owner", sample()),
    f"POST {_SAMPLE}": Use("sample_labelled", "content_owner", sample(verdict="fine")),
    f"POST {_SAMPLE}/case": Use("case_opened", "lead", open_sampled_case),
    # The trail itself
    "GET /desk/audit": Use("audit_viewed", "administrator", gets("/desk/audit")),
}

SHOWS_NOBODYS_WORDS: Final[Mapping[str, str]] = {
    "GET /desk": "references, categories, times and who has a case; a search for words is recorded",
    "GET /desk/live": "the same, asked for again by an open page",
    "GET /desk/events": "ids of cases that have changed",
    "GET /desk/sign-in": "a form",
    "GET /desk/sign-in/clinic": "the way to the clinic's own sign-in",
    "GET /desk/invitation": "a form",
    "GET /desk/page/{token}": "the way to a case, which is recorded where it is shown",
    "GET /desk/second-factor": "a form",
    "GET /desk/second-factor/set-up": "one's own new key",
    "GET /desk/account": "one's own account",
    "GET /desk/accounts": "the clinic's own people",
    "GET /desk/insight": "counts and times",
}

PROVED_ELSEWHERE: Final[Mapping[str, str]] = {
    # It needs a provider of OpenID Connect.
    "GET /desk/sign-in/clinic/return": "tests/contract/desk/test_clinic_sign_in.py",
}

HOW: Final = (
    "Every route of the care desk leaves an entry in the audit trail, or shows nothing of any patient. Say in"
    " tests/support/audited_routes.py how each of these is used and what it records: "
)
