"""What the desk's pages are given to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest

from bot.accounts.roles import Role
from bot.accounts.users import DeskUser
from bot.cases.domain import Case, Event, Resolution, State
from bot.cases.inbox import Listed
from bot.cases.words import CATEGORIES, RESOLUTIONS, STATES
from bot.conversations.values import Message
from bot.gateway.desk.view import case_row, groups, inbox_row
from bot.gateway.desk.words import event_words
from bot.safety.categories import Category

NOW = datetime(2026, 11, 3, 9, 5, tzinfo=timezone(timedelta(hours=2)))
CASE = Case(
    id=uuid4(),
    reference="K7F-3QX",
    conversation_id=uuid4(),
    message_id=uuid4(),
    category="concern_mood",
    tier=1,
    state=State.OPEN,
    evidence="so low",
    evidence_start=5,
    evidence_end=11,
    reason="low now",
    detector_version="v1",
    channel="widget",
    contact_phone=None,
    contact_email=None,
    opened_at=NOW,
    due_at=NOW + timedelta(minutes=20),
    updated_at=NOW,
    resolved_reason=None,
)
MESSAGE = Message(
    id=CASE.message_id,
    conversation_id=CASE.conversation_id,
    seq=2,
    author="patient",
    kind="text",
    text="I am so low today",
    in_reply_to=None,
    buttons=(),
    topics=(),
    concern="concern_mood",
    reading=None,
    custom={},
    created_at=NOW,
    answered_at=None,
)


ANA = DeskUser(uuid4(), "ana@clinic.example", "Dr Ana Silva", Role.CLINICIAN)


def listed(case: Case = CASE, **changes: object) -> Listed:
    found = Listed(case, assignee=None, holder=None, news=False, unreached=False, nobody=False)
    return replace(found, **changes)


def test_times_are_in_utc() -> None:
    row = case_row(CASE, NOW)
    assert (row.opened.words, row.urgency, row.concern, row.channel) == (
        "3 Nov 2026, 07:05 UTC",
        "Now",
        "Low or changed mood",
        "Website",
    )
    assert (row.left, row.ago) == ("20 min left", "less than a minute ago")


@pytest.mark.parametrize("state", list(State))
def test_a_case_is_overdue_only_while_nobody_has_it(state: State) -> None:
    late = case_row(replace(CASE, state=state), NOW + timedelta(minutes=21))
    waiting = state in {State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED}
    assert (late.overdue, late.waiting) == (waiting, waiting)
    assert late.left == "overdue by 1 min"
    assert not case_row(replace(CASE, state=state), NOW).overdue


def test_a_line_says_what_is_to_be_known_before_it_is_opened() -> None:
    case = replace(CASE, contact_phone="555 0100", contact_email="a@b.example", assignee_id=ANA.id)
    row = inbox_row(
        listed(case, assignee=ANA.name, holder=ANA.name, news=True, unreached=True, nobody=True), ANA.id, NOW
    )
    assert row.mine
    assert row.flags == (
        "New message from the patient",
        "Dr Ana Silva is writing with the patient",
        "Patient left: phone and mail",
    )
    assert row.alarms == ("A message did not reach the patient", "No page has reached anybody")


def test_what_no_longer_matters_is_not_said() -> None:
    seen = replace(CASE, state=State.ACKNOWLEDGED)
    assert inbox_row(listed(seen, nobody=True), ANA.id, NOW).alarms == ()
    done = replace(CASE, state=State.RESOLVED, resolved_reason="done")
    assert inbox_row(listed(done, news=True, unreached=True, nobody=True), ANA.id, NOW).alarms == ()
    plain = inbox_row(listed(), ANA.id, NOW)
    assert (plain.flags, plain.alarms, plain.mine, plain.assignee) == ((), (), False, "")


def test_lines_are_grouped_by_urgency() -> None:
    rows = [inbox_row(listed(replace(CASE, tier=tier)), ANA.id, NOW) for tier in (1, 1, 3)]
    assert [(group.urgency, len(group.rows)) for group in groups(rows)] == [("Now", 2), ("Routine", 1)]
    assert groups([]) == []


def test_every_code_has_its_words() -> None:
    assert set(CATEGORIES) == {category.value for category in Category}
    assert set(STATES) == {state.value for state in State}
    assert set(RESOLUTIONS) == set(Resolution)
    raised = Event(1, "tier_raised", "front door", NOW, None, {"from": 2, "to": 1})
    assert event_words(raised) == "More urgent: from Same day to Now"


@pytest.mark.parametrize("kind", ["patient_unreached", "delivery_failed"])
def test_a_failed_delivery_says_where_and_why(kind: str) -> None:
    details = {"channel": "telegram", "problem": "the patient has blocked the bot (403)"}
    words = event_words(Event(1, kind, "outbox", NOW, None, details))
    assert words.endswith(" (telegram: the patient has blocked the bot (403))")
    assert event_words(Event(1, kind, "outbox", NOW, None, {})) == words.partition(" (")[0]


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        ("resolved", {"resolution": "referred"}, "Resolved: Referred to somebody else"),
        ("resolved", {}, "Resolved"),
        ("claimed", {"taken_from": "somebody"}, "Claimed, taken over from a colleague"),
        ("released", {"taken_from": "somebody"}, "Released for a colleague"),
        (
            "conversation_returned",
            {"because": "silence"},
            "Assistant answers again: nobody had written for a while",
        ),
        ("conversation_returned", {"because": "released"}, "Assistant answers again"),
        (
            "nobody_to_page",
            {"reason": "no_address", "person": "lee"},
            "Nobody paged: no address for a case of this urgency (lee)",
        ),
        ("paged", {"person": "lee", "kinds": ["call", "sms"]}, "Paged lee by call, sms"),
        ("something_new", {}, "Something new"),
    ],
)
def test_events_are_said_in_words(kind: str, details: dict[str, object], words: str) -> None:
    assert event_words(Event(1, kind, "ana@clinic.example", NOW, None, details)) == words
