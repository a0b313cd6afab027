"""A case as clinicians see it in Slack."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.domain import Case, State
from bot.cases.words import CATEGORIES, STATES
from bot.channels.slack.alerts import UNREACHED, CaseNews, alert_message
from bot.safety.categories import Category
from tests.support.slack_blocks import check_blocks

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
ID = UUID("00000000-0000-0000-0000-00000000c0de")


def case(
    state: State = State.OPEN, category: str = "concern_mood", tier: int = 2, evidence: str = "so low"
) -> Case:
    return Case(
        id=ID,
        reference="K7F-3QX",
        conversation_id=ID,
        message_id=ID,
        category=category,
        tier=tier,
        state=state,
        evidence=evidence,
        evidence_start=0,
        evidence_end=len(evidence),
        reason="phrase",
        detector_version="1",
        channel="slack",
        contact_phone="020 7946 0000",
        contact_email="kim@mail.example",
        opened_at=NOW,
        due_at=NOW,
        updated_at=NOW,
        resolved_reason="called" if state is State.RESOLVED else None,
    )


def test_every_category_tier_and_state_has_words_and_fits() -> None:
    for category in Category:
        for tier in (1, 2, 3):
            for state in State:
                news = CaseNews(case(state, category.value, tier), "Nora Nurse", NOW, True)
                message = alert_message(news, "https://desk.example", quotes=True, may_act=True)
                check_blocks(message.arguments()["blocks"])
                assert CATEGORIES[category.value] in message.text and STATES[state.value] in message.text


@pytest.mark.parametrize("state", list(State))
def test_only_a_case_that_waits_for_somebody_can_be_acknowledged(state: State) -> None:
    message = alert_message(
        CaseNews(case(state), "", None, False), "https://x.example", quotes=False, may_act=True
    )
    labels = [item["text"]["text"] for item in message.blocks[-1]["elements"]]
    waits = state in (State.OPEN, State.NOTIFIED, State.REOPENED, State.DELIVERY_FAILED)
    assert labels == (["Acknowledge", "Open"] if waits else ["Open"])


def test_nothing_of_the_patient_is_shown_unless_the_clinic_wants_it() -> None:
    news = CaseNews(case(evidence="I cry all day"), "", None, False)
    plain = str(alert_message(news, "https://x.example", quotes=False, may_act=True))
    for words in ("cry", "7946", "kim@", "phrase"):
        assert words not in plain
    assert "I cry all day" in str(alert_message(news, "https://x.example", quotes=True, may_act=True))
    erased = CaseNews(case(evidence=""), "", None, False)
    assert "“" not in str(alert_message(erased, "https://x.example", quotes=True, may_act=True))


def test_where_nobody_is_linked_nobody_is_offered_to_act() -> None:
    message = alert_message(
        CaseNews(case(), "", None, False), "https://x.example", quotes=False, may_act=False
    )
    assert [item["text"]["text"] for item in message.blocks[-1]["elements"]] == ["Open"]


def test_a_patient_who_cannot_be_reached_is_named_as_such() -> None:
    assert UNREACHED in str(
        alert_message(CaseNews(case(), "", None, True), "https://x", quotes=False, may_act=True)
    )


@given(st.text(min_size=1), st.text(min_size=1, max_size=80))
def test_whatever_was_written_slack_takes_it(evidence: str, who: str) -> None:
    news = CaseNews(case(State.ACKNOWLEDGED, evidence=evidence), who, NOW, False)
    check_blocks(alert_message(news, "https://x.example", quotes=True, may_act=True).arguments()["blocks"])
