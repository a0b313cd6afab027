"""Slack's markup: what was typed comes out, and nothing of ours turns into markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack.blocks import SlackMessage, button, fields, header, plain, section, small_print
from bot.channels.slack.markup import cut, escaped, readable
from tests.support.slack_blocks import Refused, check_blocks

ANY_TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("<>&;|*_~`@#!: \nabé🙂/"), st.characters()), max_size=400
)


@given(ANY_TEXT)
def test_what_is_escaped_reads_as_it_was_written(text: str) -> None:
    assert readable(escaped(text)) == text


@given(ANY_TEXT)
def test_no_control_character_is_left_bare(text: str) -> None:
    assert re.search(r"[<>]|&(?!(?:amp|lt|gt);)", escaped(text)) is None


@given(ANY_TEXT)
def test_whatever_slack_sends_can_be_read(text: str) -> None:
    assert isinstance(readable(text), str)


@given(ANY_TEXT, st.integers(min_value=1, max_value=120))
def test_a_cut_text_fits_after_escaping_and_says_that_it_was_cut(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert len(escaped(shown)) <= limit
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("5 &lt; 6 &amp; 7 &gt; 2", "5 < 6 & 7 > 2"),
        ("&amp;lt; stays", "&lt; stays"),
        ("ring <tel:2025550123|(202) 555-0123>", "ring (202) 555-0123"),
        ("ring <tel:2025550123>", "ring 2025550123"),
        ("mail <mailto:kim@mail.example|kim@mail.example>", "mail kim@mail.example"),
        ("see <https://page.example/a?b=1&amp;c=2>", "see https://page.example/a?b=1&c=2"),
        ("see <http://page.example|page.example>", "see http://page.example"),
        ("see <https://page.example|this page>", "see this page (https://page.example)"),
        ("<@U012AB3CD> hi", "@someone hi"),
        ("<@U012AB3CD|kim> hi", "@kim hi"),
        ("in <#C0123|general>", "in #general"),
        ("<!here> and <!channel|channel>", "@everyone and @channel"),
        ("on <!date^1392734382^{date}|18 February 2014>", "on 18 February 2014"),
        ("<!subteam^S012|@nurses>", "@nurses"),
    ],
)
def test_slacks_tags_read_as_they_were_typed(sent: str, typed: str) -> None:
    assert readable(sent) == typed


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_every_kind_of_block_is_taken_whatever_it_says(text: str) -> None:
    blocks = [
        header(text),
        section(text),
        fields([(text, text)]),
        small_print(text),
        {"type": "actions", "elements": [button(text, "one", value="v"), button(text, "two", value="v")]},
    ]
    check_blocks(blocks)


@given(st.text(min_size=1, max_size=50_000).filter(lambda text: text.strip()))
def test_the_fallback_is_never_longer_than_slack_shows(text: str) -> None:
    arguments = SlackMessage(text).arguments()
    assert set(arguments) == {"text"} and len(arguments["text"]) <= 4_000


def test_formatting_characters_stay_what_they_are() -> None:
    text = "*not bold* _nor this_ ~this~ `this` :smile: @here #general >quote http://x.example"
    assert plain(text, 3_000) == {
        "type": "plain_text",
        "text": text.replace(">", "&gt;"),
        "emoji": False,
    }


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [section("x")] * 51,
        [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001, "emoji": False}}],
        [{"type": "section", "text": {"type": "plain_text", "text": "a < b", "emoji": False}}],
        [{"type": "section", "text": {"type": "plain_text", "text": " ", "emoji": False}}],
        [{"type": "section", "text": {"type": "plain_text", "text": "x"}, "colour": "red"}],
        [{"type": "actions", "elements": [button("x", "same"), button("y", "same")]}],
        [{"type": "actions", "elements": [button("x", f"b{n}") for n in range(26)]}],
        [{"type": "actions", "elements": [{**button("x", "b"), "value": "v" * 2001}]}],
        [{"type": "actions", "elements": [{**button("x", "b"), "url": "ftp://x"}]}],
        [{"type": "video"}],
        [{"type": "section", "block_id": "a", "text": plain("x", 9)}] * 2,
    ],
    ids=lambda blocks: str(blocks)[:40],
)
def test_the_stand_in_refuses_what_slack_refuses(blocks: list[dict[str, object]]) -> None:
    with pytest.raises(Refused):
        check_blocks(blocks)
