"""What the desk's pages are given to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest

from bot.cases.domain import Case, Event, State
from bot.cases.words import CATEGORIES, STATES
from bot.conversations.values import Message
from bot.gateway.desk.view import case_row, may_resolve, steps_of, transcript
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


def test_times_are_in_utc() -> None:
    row = case_row(CASE, NOW)
    assert (row.opened.words, row.urgency, row.concern) == (
        "3 Nov 2026, 07:05 UTC",
        "Now",
        "Low or changed mood",
    )


@pytest.mark.parametrize("state", list(State))
def test_a_case_is_overdue_only_while_nobody_has_it(state: State) -> None:
    late = case_row(replace(CASE, state=state), NOW + timedelta(minutes=21))
    assert late.overdue == (state in {State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED})
    assert not case_row(replace(CASE, state=state), NOW).overdue


def test_the_evidence_is_marked_in_its_message_only() -> None:
    other = replace(MESSAGE, id=uuid4())
    (line, plain) = transcript([MESSAGE, other], CASE)
    assert (line.before, line.marked, line.after) == ("I am ", "so low", " today")
    assert (plain.before, plain.marked, plain.after) == ("I am so low today", "", "")


def test_evidence_that_does_not_fit_is_not_marked_and_erased_messages_are_left_out() -> None:
    moved = replace(CASE, evidence_start=6, evidence_end=12)
    assert [line.marked for line in transcript([MESSAGE, replace(MESSAGE, text="")], moved)] == [""]


def test_the_buttons_are_those_that_the_state_allows() -> None:
    assert [step.name for step in steps_of(CASE)] == ["acknowledge"]
    seen = replace(CASE, state=State.ACKNOWLEDGED)
    assert ([step.name for step in steps_of(seen)], may_resolve(seen)) == (["start"], True)
    done = replace(CASE, state=State.RESOLVED)
    assert ([step.name for step in steps_of(done)], may_resolve(done)) == (["reopen"], False)


def test_every_code_has_its_words() -> None:
    assert set(CATEGORIES) == {category.value for category in Category}
    assert set(STATES) == {state.value for state in State}
    raised = Event(1, "tier_raised", "front door", NOW, None, {"from": 2, "to": 1})
    assert event_words(raised) == "More urgent: from Same day to Now"


@pytest.mark.parametrize("kind", ["patient_unreached", "delivery_failed"])
def test_a_failed_delivery_says_where_and_why(kind: str) -> None:
    details = {"channel": "telegram", "problem": "the patient has blocked the bot (403)"}
    words = event_words(Event(1, kind, "outbox", NOW, None, details))
    assert words.endswith(" (telegram: the patient has blocked the bot (403))")
    assert event_words(Event(1, kind, "outbox", NOW, None, {})) == words.partition(" (")[0]
