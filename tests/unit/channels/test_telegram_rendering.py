"""Messages in Telegram's HTML: read back by a strict parser, they say what was meant, in parts that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.shown import Shown
from bot.channels.telegram.rendering import LONGEST_TEXT, parts_of
from bot.conversations.values import Button
from tests.support.telegram_markup import MarkupError, parse_html, utf16

ODD = st.text(alphabet=st.characters(), max_size=400) | st.text(
    alphabet="<>&;\"'`*_~[](){}#+-=|.!\\/ ab1\n\x00\ud800😀", max_size=400
)
TITLES = st.text(min_size=1, max_size=120).filter(lambda title: title.strip())
BUTTONS = st.lists(
    st.builds(
        Button, id=st.from_regex(r"[A-Za-z0-9_-]{12}", fullmatch=True), title=TITLES, payload=st.just("/x")
    ),
    max_size=5,
)


def plain(text: str) -> str:
    """What is left to compare: without control characters, lone surrogates and white space."""
    return "".join(
        c for c in text if not c.isspace() and (c >= " " and c != "\x7f") and not "\ud800" <= c <= "\udfff"
    )


@given(ODD, st.sampled_from(["", "From your clinic"]), st.lists(ODD, max_size=4), BUTTONS)
def test_whatever_is_said_telegram_can_read_it_and_shows_just_that(
    text: str, heading: str, sources: list[str], buttons: list[Button]
) -> None:
    parts = parts_of(Shown(heading, text, tuple(sources), tuple(buttons)))
    if not plain(text):
        return
    shown = ""
    for part in parts:
        read, entities = parse_html(part.html)
        assert read == part.plain
        assert 1 <= utf16(read) <= LONGEST_TEXT
        assert {entity.type for entity in entities} <= {"b", "blockquote"}
        shown += read
    footer = "Sources" + "".join(sources) if sources else ""
    assert plain(shown) == plain(heading + text + footer)
    assert [bool(part.rows) for part in parts] == [False] * (len(parts) - 1) + [bool(buttons)]


# A long text is a drawn one over and over: drawing thousands of characters costs more than Hypothesis allows.
LONG = st.builds(
    lambda text, length: (text * length)[:length],
    st.text(alphabet="ab<&>. 😀", min_size=50, max_size=200),
    st.integers(4000, 14_000),
)


@given(LONG, st.integers(0, 90))
def test_long_texts_fit_and_the_sources_come_last(text: str, count: int) -> None:
    sources = tuple(f"A source of some length, number {number}: [1] A section" for number in range(count))
    parts = parts_of(Shown("", text, sources, ()))
    assert all(utf16(parse_html(part.html)[0]) <= LONGEST_TEXT for part in parts)
    if sources and plain(text):
        assert parts[-1].html.endswith("</blockquote>")


@given(BUTTONS)
def test_every_button_is_there_in_order_and_small_enough(buttons: list[Button]) -> None:
    (part,) = parts_of(Shown("", "Choose:", (), tuple(buttons)))
    flat = [key for row in part.rows for key in row]
    assert [data for _, data in flat] == [f"press:{button.id}" for button in buttons]
    assert all(len(row) in (1, 2) for row in part.rows)
    assert all(1 <= len(title) <= 64 and len(data.encode()) <= 64 for title, data in flat)


def test_an_answer_with_sources() -> None:
    (part,) = parts_of(Shown("", "Drink <little> [1].", ("MedlinePlus: [1] Precautions",), ()))
    assert part.html == (
        "Drink &lt;little&gt; [1].\n\n<blockquote expandable>Sources\nMedlinePlus: [1] Precautions</blockquote>"
    )


def test_a_clinicians_message_names_the_clinic() -> None:
    (part,) = parts_of(Shown("From your clinic", "Call us & ask.", (), ()))
    assert part.html == "<b>From your clinic</b>\nCall us &amp; ask."


@pytest.mark.parametrize("text", ["", " \n", "\x00\x01"])
def test_nothing_to_say_is_no_part(text: str) -> None:
    assert parts_of(Shown("", text, (), ())) == ()


@pytest.mark.parametrize(
    "html", ["<x>a</x>", "<b>a", "a</b>", "<b><i>a</b></i>", "a & b", "a < b", "<b class='x'>a</b>"]
)
def test_the_parser_of_these_tests_is_strict(html: str) -> None:
    with pytest.raises(MarkupError):
        parse_html(html)
