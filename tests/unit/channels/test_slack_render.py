"""Stored messages in Block Kit: nothing lost, nothing that Slack refuses."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.shown import Shown
from bot.channels.slack.blocks import SlackMessage
from bot.channels.slack.markup import readable
from bot.channels.slack.render import messages_of
from bot.conversations.values import Button
from tests.support.slack_blocks import check_blocks, check_escaping

WORDS = st.lists(
    st.sampled_from(
        "Never double [1]. & <b>x</b> *stars* 5>4 <!here> :pill: (a, b) 🙂 é\u0301 \n\n - . ! Ask.\n".split(
            " "
        )
    ),
    min_size=1,
    max_size=1_500,
).map(" ".join)
ANY = st.one_of(st.text(max_size=300), WORDS)
BUTTONS = st.lists(st.text(min_size=1, max_size=120).filter(str.strip), max_size=30).map(
    lambda titles: tuple(Button(f"id{number}", title, "/x") for number, title in enumerate(titles))
)


def _texts(message: SlackMessage, kind: str) -> list[str]:
    return [block["text"]["text"] for block in message.blocks if block["type"] == kind]


def _buttons(message: SlackMessage) -> list[dict[str, Any]]:
    return [item for block in message.blocks if block["type"] == "actions" for item in block["elements"]]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY, st.lists(ANY, max_size=4), BUTTONS, st.sampled_from(["", "From your clinic"]))
def test_slack_takes_it_and_every_word_is_there(
    text: str, sources: list[str], buttons: tuple[Button, ...], heading: str
) -> None:
    messages = messages_of(Shown(heading, text, tuple(sources), buttons))
    said = ""
    for message in messages:
        check_blocks(message.arguments()["blocks"])
        check_escaping(message.arguments()["text"], "text")
        said += "".join(_texts(message, "section"))
    assert "".join(readable(said).split()) == "".join((heading + text).split())
    if messages:
        assert [item["value"] for item in _buttons(messages[-1])] == [item.id for item in buttons[:25]]


def test_a_usual_answer_is_one_message_with_its_sources_in_small_print() -> None:
    shown = Shown(
        "", "Never take two [1].", ("MedlinePlus: [1] Missed dose",), (Button("abc", "Storage", "/x"),)
    )
    (message,) = messages_of(shown)
    assert message.text == "Never take two [1]."
    assert [block["type"] for block in message.blocks] == ["section", "context", "actions"]
    assert message.blocks[1]["elements"][0]["text"] == "Sources:\nMedlinePlus: [1] Missed dose"
    assert _buttons(message) == [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": "Storage", "emoji": False},
            "action_id": "quick_reply_0",
            "value": "abc",
        }
    ]


def test_a_long_answer_is_cut_at_the_ends_of_sentences() -> None:
    text = " ".join(f"Sentence number {number} says the same as the one before it." for number in range(300))
    messages = messages_of(Shown("", text, ("Source: [1] A",), (Button("abc", "More", "/x"),)))
    assert len(messages) == 2
    sections = [piece for message in messages for piece in _texts(message, "section")]
    assert all(piece.endswith(".") for piece in sections)
    assert not _buttons(messages[0]) and len(_buttons(messages[1])) == 1


def test_a_pressed_button_is_replaced_by_what_was_chosen() -> None:
    shown = Shown("", "Well?", (), (Button("a", "Yes", "/affirm"), Button("b", "No", "/deny")))
    (message,) = messages_of(shown, pressed={"b"})
    assert [item["value"] for item in _buttons(message)] == ["a"]
    assert message.blocks[1]["elements"][0]["text"] == "You chose: No"
    (message,) = messages_of(shown, pressed={"a", "b"})
    assert _buttons(message) == []


def test_nothing_to_say_is_no_message() -> None:
    assert messages_of(Shown("", "  ", (), ())) == []
