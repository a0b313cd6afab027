"""What the page of one case is given to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.accounts.roles import Role
from bot.accounts.users import DeskUser
from bot.cases.domain import Case, Event, State, Told
from bot.conversations.hand_over import Hold, Reach
from bot.conversations.values import Message
from bot.gateway.desk.case_view import (
    BEFORE_A_CUE,
    LONG,
    Actions,
    Banner,
    Line,
    Part,
    actions_of,
    cues,
    fold,
    history,
    parts_of,
    phone_link,
    reach_words,
    seen_of,
    told_lines,
    transcript,
)
from bot.gateway.desk.words import delivery_words, failed, parcel_words
from bot.outbox.values import Delivery, Status
from tests.unit.gateway.desk.test_desk_explanation import WHY
from tests.unit.gateway.desk.test_desk_view import ANA, CASE, MESSAGE, NOW

BEN = DeskUser(uuid4(), "ben@clinic.example", "Ben Okafor", Role.CLINICIAN)
LEAD = DeskUser(uuid4(), "kim@clinic.example", "Dr Kim", Role.LEAD)
SENT = Delivery(
    id=1, key="k", stream="s", channel="telegram", kind="message", recipient=None, conversation_id=None,
    message_id=MESSAGE.id, case_id=None, payload={}, status=Status.SENT, attempts=1, provider_ids=(), problem=None,
    created_at=NOW, next_attempt_at=NOW, lease_until=None, finished_at=NOW,
)  # fmt: skip


def hold_of(user: DeskUser) -> Hold:
    return Hold(user.id, user.name, user.name, NOW, NOW + timedelta(minutes=30))


def texts(line: Line) -> list[tuple[str, bool]]:
    return [(part.text, part.marked) for part in line.parts]


def opened(message: Message, start: int, end: int, kind: str = "opened") -> Event:
    explanation = replace(WHY, start=start, end=end, rules=(), neutralisers=()).to_dict()
    return Event(1, kind, "front door", NOW, message.id, {"explanation": explanation})


def test_the_evidence_is_marked_in_its_message_only() -> None:
    other = replace(MESSAGE, id=uuid4())
    line, plain = transcript([MESSAGE, other], CASE, [], {})
    assert texts(line) == [("I am ", False), ("so low", True), (" today", False)]
    assert texts(plain) == [("I am so low today", False)]
    assert (line.cue, plain.cue) == (True, False)


def test_every_cue_is_marked_and_not_the_first_alone() -> None:
    later = replace(MESSAGE, id=uuid4(), text="still low, so low")
    events = [
        opened(MESSAGE, 5, 11),
        opened(later, 6, 9, "cue_added"),
        opened(later, 14, 17, "patient_answered"),
    ]
    assert texts(transcript([MESSAGE, later], CASE, events, {})[1]) == [
        ("still ", False),
        ("low", True),
        (", so low", False),
    ]


def test_evidence_that_does_not_fit_is_not_marked_and_erased_messages_are_left_out() -> None:
    moved = replace(CASE, evidence_start=6, evidence_end=12)
    (line,) = transcript([MESSAGE, replace(MESSAGE, text="")], moved, [opened(MESSAGE, 10, 400)], {})
    assert texts(line) == [("I am so low today", False)]


def test_an_explanation_of_another_version_marks_nothing() -> None:
    assert list(cues(CASE, [Event(1, "opened", "x", NOW, uuid4(), {"explanation": {"shape": "other"}})])) == [
        CASE.message_id
    ]


MARKS = st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40), st.just("")), max_size=4)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text("ab \n", max_size=20), MARKS)
def test_marking_never_changes_the_words(text: str, marks: list[tuple[int, int, str]]) -> None:
    parts = parts_of(text, marks)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    assert all(one.marked != two.marked for one, two in zip(parts, parts[1:], strict=False))


def test_who_said_what_and_what_became_of_it() -> None:
    note = replace(
        MESSAGE, id=uuid4(), author="clinician", kind="note", text="Hello", custom={"role": "Dr Lee"}
    )
    help_ = replace(MESSAGE, id=uuid4(), author="assistant", kind="urgent_help", text="Call now [M15].")
    blocked = replace(SENT, status=Status.BLOCKED)
    lines = transcript([MESSAGE, help_, note], CASE, [], {help_.id: SENT, note.id: blocked})
    assert [(line.who, line.label, line.delivery, line.undelivered) for line in lines] == [
        ("Patient", "", "", False),
        ("Assistant", "Urgent help", "Sent", False),
        ("Dr Lee (clinician)", "", "Not delivered: the patient has shut this chat", True),
    ]
    assert lines[1].parts == (Part("Call now.", False),)


@pytest.mark.parametrize(
    ("changes", "words", "bad"),
    [
        ({"status": Status.SENT}, "Sent", False),
        ({"status": Status.PENDING, "attempts": 0}, "Not sent yet", False),
        ({"status": Status.SENDING}, "Not sent yet", False),
        (
            {"status": Status.PENDING, "attempts": 3, "problem": "HTTP 502"},
            "Not delivered yet (HTTP 502); it is tried again",
            True,
        ),
        ({"status": Status.DEAD, "problem": "HTTP 400"}, "Not delivered (HTTP 400)", True),
        ({"status": Status.CANCELLED}, "Not sent: the conversation was deleted", False),
    ],
)
def test_whether_a_message_got_to_the_patient(changes: dict[str, object], words: str, bad: bool) -> None:
    delivery = replace(SENT, **changes)
    assert (delivery_words(delivery), failed(delivery)) == (words, bad)


def test_how_telling_the_clinic_went() -> None:
    alert = replace(
        SENT, kind="case_alert", channel="slack", status=Status.DEAD, attempts=4, problem="HTTP 500"
    )
    assert parcel_words(alert) == "Alert on Slack: not delivered, 4 tries (HTTP 500)"
    page = replace(SENT, kind="page", payload={"person": "lee", "step": "On call"}, status=Status.CANCELLED)
    assert parcel_words(page) == "Page to lee (On call): not needed any more"


def test_what_has_happened_is_in_order_of_time_with_names_and_alarms() -> None:
    later = NOW + timedelta(minutes=2)
    events = [
        Event(1, "opened", "front door", NOW, None, {}),
        Event(2, "acknowledged", ANA.email, later, None, {}),
        Event(3, "nobody_to_page", "escalation", later, None, {}),
    ]
    alert = replace(
        SENT, kind="case_alert", channel="slack", status=Status.DEAD, finished_at=NOW + timedelta(minutes=1)
    )
    found = history(events, [alert], {ANA.email: ANA.name})
    assert [(entry.what, entry.actor, entry.bad) for entry in found] == [
        ("Case opened", "Assistant", False),
        ("Alert on Slack: not delivered", "Delivery", True),
        ("Acknowledged", "Dr Ana Silva", False),
        ("Nobody paged: no reason known", "Escalation policy", True),
    ]


def test_what_the_patient_was_told() -> None:
    answer = replace(
        MESSAGE, id=uuid4(), seq=3, author="assistant", kind="answer", text="Told", in_reply_to=MESSAGE.id
    )
    other = replace(answer, id=uuid4(), seq=4, in_reply_to=uuid4(), text="Store it dry")
    urgent = replace(answer, id=uuid4(), seq=5, kind="urgent_help", in_reply_to=uuid4(), text="Call")
    messages = [MESSAGE, answer, other, urgent]
    lines = transcript(messages, CASE, [], {})
    assert [line.seq for line in told_lines(messages, lines, {CASE.message_id})] == [3, 5]
    told = Banner.of(Told("K7F-3QX", NOW, None))
    assert (told.since.words, told.seen) == ("3 Nov 2026, 07:05 UTC", None)


def lines(count: int, *cue_at: int) -> list[Line]:
    (line,) = transcript([replace(MESSAGE, id=uuid4())], CASE, [], {})
    return [replace(line, parts=(Part("x", place in cue_at),)) for place in range(count)]


def test_a_long_conversation_is_folded_up_to_just_before_the_first_cue() -> None:
    assert fold(lines(LONG)) == 0
    assert fold(lines(100, 50, 80)) == 50 - BEFORE_A_CUE
    assert fold(lines(100, 2)) == 0
    # The latest ones are always there, also when the cue is among them or nowhere.
    assert fold(lines(100, 99)) == fold(lines(100)) == 100 - LONG


def test_what_a_page_showed_goes_back_with_its_forms() -> None:
    events = [Event(n, "opened", "x", NOW, None, {}) for n in (7, 9)]
    answer = replace(MESSAGE, author="assistant", seq=8)
    assert seen_of(events, [replace(MESSAGE, seq=4), answer]) == "9.4"
    assert seen_of([], []) == "0.0"


@pytest.mark.parametrize(
    ("phone", "link"),
    [("+1 (202) 555-0123", "+12025550123"), ("0161 496 0000", "01614960000"), (None, ""), ("call me", "")],
)
def test_a_phone_number_becomes_a_link(phone: str | None, link: str) -> None:
    assert phone_link(phone) == link


NONE = Actions(*[False] * 10)


def may(case: Case, user: DeskUser, hold: Hold | None = None, reach: Reach = Reach.REACHABLE) -> set[str]:
    found = actions_of(case, user, hold, reach)
    return {name for name in vars(NONE) if getattr(found, name)}


def test_what_may_be_done_while_nobody_has_seen_the_case() -> None:
    assert may(CASE, ANA) == {"claim", "acknowledge", "reply"}
    lapsed = replace(CASE, assignee_id=BEN.id, claimed_at=NOW)
    assert may(lapsed, ANA) == {"claim", "acknowledge", "reply"}
    assert may(replace(CASE, assignee_id=ANA.id, claimed_at=NOW), ANA) == {
        "claim",
        "acknowledge",
        "reply",
        "release",
    }


def test_what_may_be_done_with_a_case_that_somebody_has() -> None:
    case = replace(CASE, state=State.ACKNOWLEDGED, assignee_id=ANA.id, claimed_at=NOW)
    assert may(case, ANA) == {"release", "start", "reply", "resolve"}
    assert may(case, BEN) == {"reply", "resolve"}
    assert may(case, LEAD) == {"take_over", "release", "reply", "resolve"}
    free = replace(case, assignee_id=None, claimed_at=None)
    assert may(free, BEN) == {"claim", "start", "reply", "resolve"}
    working = replace(case, state=State.IN_PROGRESS)
    assert may(working, ANA) == {"release", "reply", "resolve"}


def test_one_person_writes_with_a_patient() -> None:
    case = replace(CASE, state=State.IN_PROGRESS, assignee_id=ANA.id, claimed_at=NOW)
    assert {"reply", "give_back"} <= may(case, ANA, hold_of(ANA))
    assert not {"reply", "give_back"} & may(case, BEN, hold_of(ANA))
    assert {"reply", "give_back", "take_conversation"} <= may(case, LEAD, hold_of(ANA))


def test_a_resolved_case_is_reopened_first_and_a_deleted_conversation_stays_silent() -> None:
    done = replace(CASE, state=State.RESOLVED, assignee_id=ANA.id, claimed_at=NOW)
    assert may(done, ANA) == {"reopen"}
    assert may(done, ANA, hold_of(ANA)) == {"reopen", "give_back"}
    assert "reply" not in may(CASE, ANA, reach=Reach.DELETED)


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("channel", ["widget", "telegram"])
def test_before_writing_it_is_said_whether_it_arrives(reach: Reach, channel: str) -> None:
    words = reach_words(reach, channel)
    assert words.endswith(".")
    if reach is not Reach.DELETED:
        assert "phone" in words.lower()
