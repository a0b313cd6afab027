"""`python -m bot chat`: a conversation in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.commands import chat
from bot.commands.conversation import Conversation
from bot.commands.understanding import Understanding
from bot.settings import Settings


@pytest.fixture
def conversation(understanding: Understanding) -> Conversation:
    return Conversation(understanding)


def test_a_follow_up_keeps_the_subject(conversation: Conversation) -> None:
    first = conversation.answer("do I need to wear sunscreen on isotretinoin?")
    assert conversation.context.last_topics == ("sun_sensitivity",)
    assert first in conversation.answer("why?")


def test_a_number_picks_a_quick_reply(conversation: Conversation) -> None:
    conversation.answer("Can I drink alcohol while I take isotretinoin?")
    title, _ = conversation.buttons[0]
    answers = conversation.understanding.replies.words.answers
    assert conversation.answer("1") == answers["liver"].text and title == answers["liver"].title


def test_the_last_answer_can_be_asked_for_again_and_for_its_source(conversation: Conversation) -> None:
    answer = conversation.answer("How should I store the capsules?")
    assert conversation.answer("can you say that again please") == answer
    assert "last answer comes from" in conversation.answer("where did you get that from")


def test_a_concern_says_that_nobody_is_told_here(conversation: Conversation) -> None:
    text = conversation.answer("I think I'm pregnant")
    assert "unborn" in text and "nobody is told" in text and "concern_pregnancy" in text


def test_what_was_typed_ends_with_an_empty_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], understanding: Understanding
) -> None:
    monkeypatch.setattr(chat, "Understanding", lambda settings: understanding)
    typed: Iterator[str] = iter(["what is isotretinoin?", "x" * 4001, ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    chat.run(Settings.from_env())
    printed = capsys.readouterr().out
    assert "nothing is stored" in printed and "[1]" in printed and "4,000 characters" in printed
