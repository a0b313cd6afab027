"""What conversation files may hold, and what they notice."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot.cases.domain import Case, State
from tests.support.conversation import (
    ConversationFileError,
    Outcome,
    Turn,
    load_conversation,
    problems_of,
    text_in_doubt,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def reply(
    text: str, *, topics: tuple[str, ...] = (), facts: tuple[str, ...] = (), buttons: tuple[str, ...] = ()
) -> Any:
    return {
        "text": text,
        "topics": list(topics),
        "citations": [{"number": number, "fact": fact} for number, fact in enumerate(facts, start=1)],
        "buttons": [{"title": title} for title in buttons],
    }


def case(category: str = "concern_mood", tier: int = 2, phone: str | None = None) -> Case:
    return Case(
        id=uuid4(),
        reference="K7F-3QX",
        conversation_id=uuid4(),
        message_id=uuid4(),
        category=category,
        tier=tier,
        state=State.OPEN,
        evidence="so low",
        evidence_start=0,
        evidence_end=6,
        reason="why",
        detector_version="v",
        channel="widget",
        contact_phone=phone,
        contact_email=None,
        opened_at=NOW,
        due_at=NOW,
        updated_at=NOW,
        resolved_reason=None,
    )


ANSWER = Outcome([reply("Never double [1].", topics=("missed_dose",), facts=("M15",), buttons=("Dose",))], [])
ESCALATED = Outcome([reply("Your clinic has been told.")], [case()])


@pytest.mark.parametrize(
    "turn",
    [
        Turn(
            "x", answers=["missed_dose"], cites=["M15"], says=["never  DOUBLE"], offers=["Dose"], no_case=True
        ),
        Turn("x", never_says=["take two"]),
    ],
)
def test_what_is_as_it_should_be_is_no_problem(turn: Turn) -> None:
    assert problems_of(turn, ANSWER) == []


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        (Turn("x", answers=[]), "answers ['missed_dose'], not []"),
        (Turn("x", answers=["dosage"]), "answers ['missed_dose'], not ['dosage']"),
        (Turn("x", cites=["M14"]), "does not cite M14"),
        (Turn("x", says=["take two"]), "does not say 'take two'"),
        (Turn("x", never_says=["never double"]), "says 'never double'"),
        (Turn("x", offers=["Liver"]), "does not offer 'Liver' but ['Dose']"),
        (Turn("x", case={"category": "concern_mood"}), "no case in concern_mood but []"),
        (Turn("x", refused=["too long"]), "was not refused"),
    ],
)
def test_what_is_not_is_one(turn: Turn, problem: str) -> None:
    assert problems_of(turn, ANSWER) == [problem]


@pytest.mark.parametrize(
    ("turn", "problems"),
    [
        (Turn("x", case={"category": "concern_mood", "tier": 2, "phone": None, "evidence": "so low"}), []),
        (Turn("x", case={"category": "concern_mood", "tier": 1}), ["the case has tier 2, not 1"]),
        (Turn("x", case={"category": "concern_mood", "phone": "1"}), ["the case has phone None, not '1'"]),
        (Turn("x", no_case=True), ["there are cases: [('concern_mood', 2)]"]),
        (Turn("x", cases=2), ["there are 1 cases, not 2: [('concern_mood', 2)]"]),
    ],
)
def test_cases_are_looked_at(turn: Turn, problems: list[str]) -> None:
    assert problems_of(turn, ESCALATED) == problems


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome([], []),
        Outcome([reply("")], []),
        Outcome([reply("Never double [M15].")], []),
        Outcome([reply("Never double [1].")], []),
        Outcome([reply("Never double.", facts=("M15",))], []),
        Outcome([reply("I wrote {contact} down.")], []),
        Outcome([reply("utter_greet")], []),
        Outcome([reply("Your clinic has been told.")], []),
    ],
)
def test_some_things_are_wrong_whatever_was_expected(outcome: Outcome) -> None:
    assert len(problems_of(Turn("x", never_says=["anything"]), outcome)) >= 1


def test_a_refusal_is_compared_with_its_words() -> None:
    refused = Outcome([], [], "A message may have 4,000 characters.")
    assert problems_of(Turn("x", refused=["4,000"]), refused) == []
    assert problems_of(Turn("x", refused=["5,000"]), refused) == ["refused without '5,000'"]
    assert problems_of(Turn("x", says=["hello"]), refused) == [
        "was refused: A message may have 4,000 characters."
    ]


def test_the_text_in_doubt_is_found_or_asked_for() -> None:
    readings = {"a": None, "b": "concern_mood"}
    assert text_in_doubt(["a", "b"], "concern_mood", readings.get) == "b"
    with pytest.raises(AssertionError, match="add another"):
        text_in_doubt(["a"], "concern_mood", readings.get)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("turns: [", "not YAML"),
        ("- patient: hi", "expected `turns:`"),
        ("turns: []", "expected `turns:`"),
        ("turns:\n- says: [hello]", "turn 1: needs one of"),
        ("turns:\n- {patient: hi, presses: Skip, says: [hello]}", "turn 1: needs one of"),
        ("turns:\n- patient: hi", "turn 1: expects nothing"),
        ("turns:\n- {patient: hi, sais: [hello]}", "turn 1: unknown key 'sais'"),
        ("turns:\n- {patient: hi, says: hello}", "turn 1: says must be a list"),
        ("turns:\n- {patient: hi, case: {tier: 1}}", "turn 1: case needs category"),
        ("turns:\n- {patient: hi, case: {category: concern_mod}}", "turn 1: unknown category 'concern_mod'"),
    ],
)
def test_a_file_in_another_form_is_named_with_the_problem(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "a_sentence.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConversationFileError, match="a_sentence.yml") as error:
        load_conversation(file)
    assert problem in str(error.value)
