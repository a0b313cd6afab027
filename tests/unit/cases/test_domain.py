"""How cases move and when they are due."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.domain import TRANSITIONS, State, check_transition, due_at
from bot.cases.errors import TransitionRefused
from bot.cases.references import new_reference

moments = st.datetimes(timezones=st.just(timezone.utc), max_value=datetime(9000, 1, 1))


def test_only_a_case_that_somebody_has_seen_can_be_resolved() -> None:
    assert {old for old in State if State.RESOLVED in TRANSITIONS[old]} == {
        State.ACKNOWLEDGED,
        State.IN_PROGRESS,
    }


def test_a_resolved_case_can_only_be_reopened() -> None:
    assert TRANSITIONS[State.RESOLVED] == {State.REOPENED}


def test_every_state_can_be_reached_from_open() -> None:
    reached, waiting = {State.OPEN}, [State.OPEN]
    while waiting:
        for new in TRANSITIONS[waiting.pop()] - reached:
            reached.add(new)
            waiting.append(new)
    assert reached == set(State)


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_refusal_names_both_states(old: State, new: State) -> None:
    if new in TRANSITIONS[old]:
        check_transition(old, new)
    else:
        with pytest.raises(TransitionRefused, match=f"{old.value} .*{new.value}"):
            check_transition(old, new)


@given(moments)
def test_more_urgent_is_due_sooner(now: datetime) -> None:
    assert now < due_at(1, now) < due_at(2, now) < due_at(3, now)
    assert due_at(1, now) - now == timedelta(minutes=20)


def test_references_can_be_said_on_the_phone() -> None:
    references = {new_reference() for _ in range(1000)}
    assert len(references) > 990
    for reference in references:
        assert re.fullmatch(r"[2-9B-DF-HJKMNP-TV-Z]{3}-[2-9B-DF-HJKMNP-TV-Z]{3}", reference)
