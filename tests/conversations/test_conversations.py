"""Plays every conversation below this folder against the live stack, through the widget API."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding import Reader
from tests.support.conversation import Outcome, Turn, load_conversation, problems_of, text_in_doubt
from tests.support.live import LivePatient

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.yml"))


def _play(turn: Turn, patient: LivePatient, reader: Reader) -> Outcome:
    if turn.presses is not None:
        replies = patient.presses(turn.presses)
        return Outcome(replies, patient.cases())
    text = turn.patient
    if turn.first_in_doubt is not None:
        text = text_in_doubt(turn.first_in_doubt, turn.about or "", lambda text: reader.read(text).clarify)
    assert text is not None
    if turn.refused is not None:
        response = patient.post(text=text * turn.times)
        refusal = response.json()["detail"] if response.status_code == 422 else None
        return Outcome([], patient.cases(), refusal)
    return Outcome(patient.asks(text * turn.times), patient.cases())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE).with_suffix("")))
def test_conversation(path: Path, patient: LivePatient, reader: Reader) -> None:
    for number, turn in enumerate(load_conversation(path), start=1):
        outcome = _play(turn, patient, reader)
        problems = problems_of(turn, outcome)
        if problems:
            lines = [f"turn {number}, {turn.move!r}:", *problems, "", "it said:", outcome.text]
            pytest.fail("\n".join(lines), pytrace=False)


def test_every_situation_has_conversations() -> None:
    situations = {path.parent.name for path in FILES}
    assert situations == {
        "asking",
        "concerns",
        "contact",
        "follow_ups",
        "not_covered",
        "safety_of_input",
        "small_talk",
    }
