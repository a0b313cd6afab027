"""Where a sentence ends, and what closes it."""

from __future__ import annotations

import pytest

from bot.content import AnswerBook, cited_ids
from bot.content.sentences import Sentence, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Start at 0.5 mg [M07]. Then wait [M08].", ["Start at 0.5 mg [M07].", "Then wait [M08]."]),
        ("Use a barrier, e.g. Condoms [A35].", ["Use a barrier, e.g. Condoms [A35]."]),
        ("Ask Dr. Shah [A28].", ["Ask Dr. Shah [A28]."]),
        ("Worried? Ask [A28].", ["Worried?", "Ask [A28]."]),
        (
            "It lasts long [M09]. 16 weeks is usual [M09].",
            ["It lasts long [M09].", "16 weeks is usual [M09]."],
        ),
        ("First [M15]\n\nSecond [M15].", ["First [M15]", "Second [M15]."]),
        ("They say “never.” Do not double up [M15].", ["They say “never.”", "Do not double up [M15]."]),
        ("  ", []),
    ],
)
def test_splitting(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == expected


def test_nothing_of_an_answer_is_lost(answers: AnswerBook) -> None:
    for answer in answers:
        sentences = split_sentences(answer.text)
        assert " ".join(sentence.text for sentence in sentences) == answer.text
        assert tuple(dict.fromkeys(i for sentence in sentences for i in sentence.ids)) == cited_ids(
            answer.text
        )


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("Never double up [M15].", True),
        ("Never double up [A33, M15]!", True),
        ("Never double up.", False),
        ("Never [M15] double up.", False),
        ("[M15] Never double up.", False),
    ],
)
def test_ids_must_stand_before_the_stop(text: str, closed: bool) -> None:
    assert Sentence(text).ids_close_it is closed


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("Would you like that?", True),
        ("I can tell you about alcohol.", True),
        ("You can also ask me about alcohol.", True),
        ("I can tell you that alcohol is safe.", False),
        ("Alcohol is safe.", False),
    ],
)
def test_only_questions_and_offers_state_nothing(text: str, nothing: bool) -> None:
    assert Sentence(text).states_nothing is nothing
