"""What counts as a patient's words in Slack, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.slack.incoming import (
    Edited,
    NotText,
    Person,
    Place,
    Pressed,
    Written,
    message_of,
    person_of,
    pressed_of,
    user_of,
)
from tests.support.slack_payloads import names, payload

READ = {
    "message_im": "can I drink alcohol while taking isotretinoin?",
    "message_im_grid": "can I drink alcohol while taking isotretinoin?",
    "message_im_thread": "and how long for?",
    "me_message": "has very dry lips",
    "thread_broadcast": "my lips are dry",
    "message_im_formatted": "is 5 < 6 & fine? call me on (202) 555-0123 or kim@mail.example, I read this page "
    "(https://page.example/a?b=1&c=2) > @someone #general @everyone today :sob:",
}
NOT_TEXT = {
    "file_share_bare": ("photo", ""),
    "file_share_caption": ("photo", "my lips are so dry, is this normal?"),
    "voice_message": ("voice", ""),
}


@pytest.mark.parametrize("name", names())
def test_every_payload_is_read_answered_or_left_alone(name: str) -> None:
    found = message_of(payload(name))
    if name in READ:
        assert isinstance(found, Written) and found.text == READ[name]
    elif name == "message_changed":
        assert found == Edited("Ev0EDIT0001", "U0PATIENT", Place("D0PATIENT"), "can I drink beer?")
    elif name in NOT_TEXT:
        assert isinstance(found, NotText) and (found.kind, found.text) == NOT_TEXT[name]
    else:
        assert found is None


def test_an_answer_goes_where_the_words_were_written() -> None:
    plain, threaded = message_of(payload("message_im")), message_of(payload("message_im_thread"))
    assert plain is not None and plain.place == Place("D0PATIENT")
    assert threaded is not None and threaded.place == Place("D0PATIENT", "1795399990.000050")


def test_the_same_user_id_in_another_workspace_is_somebody_else() -> None:
    people = {
        Person("", "T1", "U1").key,
        Person("", "T2", "U1").key,
        Person("E1", "T1", "U1").key,
        Person("E1", "", "U1").key,
    }
    assert people == {"-/T1/U1", "-/T2/U1", "E1/T1/U1", "E1/-/U1"}
    assert {user_of(key) for key in people} == {"U1"}


def test_a_message_a_button_and_a_command_come_from_the_same_person() -> None:
    bodies = [payload(name) for name in ("message_im", "block_actions_quick_reply", "slash_command")]
    assert {person_of(body, "U0PATIENT").key for body in bodies} == {"-/T0CLINIC1/U0PATIENT"}
    in_an_organisation = [
        payload("message_im_grid"),
        {**bodies[1], "enterprise": {"id": "E0HEALTH1", "name": "Health"}},
        {**bodies[1], "enterprise": {"id": "E0HEALTH1", "name": "Health"}, "team": None},
        {**bodies[2], "enterprise_id": "E0HEALTH1", "enterprise_name": "Health"},
    ]
    assert {person_of(body, "U0PATIENT").key for body in in_an_organisation} == {
        "E0HEALTH1/T0CLINIC1/U0PATIENT"
    }


def test_a_button_is_known_by_its_message_and_place() -> None:
    assert pressed_of(payload("block_actions_quick_reply")) == Pressed(
        "quick_reply_0", "AbCdEfGhIjKl", Place("D0PATIENT"), "1795400001.000100", "1795400010.123456"
    )


UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = "type subtype text user bot_id channel channel_type message previous_message files edited hidden ts".split()


@UNHURRIED
@given(st.dictionaries(st.sampled_from(_MEMBERS), _JSON), st.booleans())
def test_no_shape_of_event_is_a_surprise(event: dict[str, Any], direct: bool) -> None:
    body = {"event_id": "Ev1", "event": {**event, **({"channel_type": "im"} if direct else {})}}
    found = message_of(body)
    assert found is None or (direct and isinstance(found, (Written, Edited, NotText)))


@UNHURRIED
@given(st.dictionaries(st.sampled_from("team team_id enterprise enterprise_id user".split()), _JSON))
def test_no_shape_of_sender_is_a_surprise(body: dict[str, Any]) -> None:
    assert user_of(person_of(body, "U1").key) == "U1"


@UNHURRIED
@given(_JSON, _JSON, _JSON)
def test_no_shape_of_button_is_a_surprise(container: Any, actions: Any, message: Any) -> None:
    found = pressed_of({"container": container, "actions": actions, "message": message})
    assert found is None or isinstance(found, Pressed)
