"""When a concern that builds up is caught, and what counts against it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation.conversations import JudgedConversation as Played
from bot.evaluation.conversations import conversation_shares, judge_conversation, timing
from bot.evaluation.gold import Gold, GoldConversation
from bot.evaluation.system import FoundConcern, Judgement
from tests.unit.evaluation.by_hand import HUMAN, MOOD, SUICIDAL, counts


class Scripted:
    """Opens a case of these categories, turn by turn."""

    def __init__(self, *found: str | None) -> None:
        self._found = found

    def judge_turns(self, texts: Sequence[str]) -> tuple[Judgement, ...]:
        assert len(texts) == len(self._found)
        return tuple(Judgement(concerns=(FoundConcern(c, 2),) if c else ()) for c in self._found)


def play(wanted: Sequence[str], found: Sequence[str | None]) -> Played:
    turns = tuple(Gold(f"c/{n}", "x", (), concern) for n, concern in enumerate(wanted, start=1))
    return judge_conversation(Scripted(*found), GoldConversation("c", turns))


def test_delays_count_from_the_first_cue() -> None:
    played = [
        play(["none", MOOD, MOOD], [None, MOOD, MOOD]),
        play(["none", MOOD, "none"], [None, None, MOOD]),
        play(["none", "none", MOOD], [None, MOOD, None]),
        play(["none", MOOD, "none"], [None, HUMAN, None]),
    ]
    assert [item.delay for item in played] == [0, 1, -1, None]
    assert timing(played).delays == {-1: 1, 0: 1, 1: 1}
    assert timing(played).median == 0.0
    found = counts(conversation_shares(played))
    assert found["concern caught by the end"] == (3, 4)
    assert found["at the first cue or before"] == (2, 4)
    assert found["false alarm before the first cue"] == (1, 4)


def test_the_wrong_category_is_caught_but_not_right() -> None:
    found = counts(conversation_shares([play([MOOD], [SUICIDAL]), play([MOOD], [MOOD])]))
    assert found["concern caught by the end"] == (2, 2)
    assert found["right category"] == (1, 2)


def test_conversations_without_a_concern() -> None:
    found = counts(conversation_shares([play(["none"], [None]), play(["none", "none"], [None, HUMAN])]))
    assert found == {"false alarm: conversation without a concern": (1, 2)}
    assert timing([play(["none"], [None])]).median is None


def test_a_case_that_is_open_may_be_named_again() -> None:
    played = play([MOOD, "none", "none"], [MOOD, MOOD, SUICIDAL])
    alarms = [turn.categories - turn.gold.accepted_concerns for turn in played.turns]
    assert alarms == [frozenset(), frozenset(), {SUICIDAL}]
