"""The content check refuses each kind of breach, and nothing else about the same text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content import AnswerBook, ContentError, FactBook
from bot.content.checker import check, check_text
from bot.content.lexicon import Lexicon

FewFacts = Callable[..., FactBook]
MakeAnswers = Callable[..., AnswerBook]


@pytest.mark.parametrize(
    "text",
    [
        "Never take two doses to catch up [M15].",
        "A course usually lasts 16 to 24 weeks [M09].",
        "Adults usually start at 0.5 mg for each kg a day [M07].",
        "It has been sold for more than three decades [A03].",
        "For example, use condoms plus the pill or a coil [A35].",
        "Use two forms of contraception until one month after treatment [A35, M34].",
        "Take it when you remember, unless the next one is almost due [M14].",
        "Would you like me to pass your question to the clinic?",
        "I can also tell you about storage.",
    ],
)
def test_a_sound_sentence_passes(text: str, facts: FactBook, lexicon: Lexicon) -> None:
    assert check_text("topic", text, facts, lexicon) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("uncited_sentence", "Keep it dry [M18]. Take it with food."),
        ("uncited_sentence", "Keep it dry. [M18]"),
        ("uncited_sentence", "Keep it dry [M18], and take it with food."),
        ("uncited_sentence", "Keep it dry [M18].\n- Take it with food"),
        ("unknown_fact", "Keep it dry [M99]."),
        ("unknown_fact", "Keep it dry [source] [M18]."),
        ("unsupported_number", "Never take three doses to catch up [M15]."),
        ("unsupported_number", "A course usually lasts 16 to 30 weeks [M09]."),
        ("unsupported_number", "It works for 85 people in a group [A18]."),
        ("unsupported_number", "It works in half of all people [A18]."),
        ("unsupported_number", "Use three forms before treatment [M34]."),
        ("unsupported_unit", "A course usually lasts 16 to 24 months [M09]."),
        ("unsupported_unit", "It has been sold for three years [A03]."),
        ("unsupported_unit", "Results come within a few months [M21]."),
        ("unsupported_medicine", "Ibuprofen is good for your lips [A23]."),
        ("unsupported_medicine", "It is sold as Roaccutane [A04]."),
        ("unsupported_medicine", "Use a coil [M34]."),
        ("unsupported_condition", "It can cause depression [A32]."),
        ("unsupported_condition", "It can help with eczema [A08]."),
        ("unsupported_condition", "Did you know that it helps with eczema?"),
    ],
)
def test_a_faulty_sentence_is_refused(kind: str, text: str, facts: FactBook, lexicon: Lexicon) -> None:
    assert {breach.kind for breach in check_text("topic", text, facts, lexicon)} == {kind}


def test_hard_reading_is_refused(facts: FactBook, lexicon: Lexicon) -> None:
    text = (
        "Notwithstanding considerable interindividual variability, physicians administering systemic "
        "pharmacotherapy customarily individualise posology according to dermatological severity and "
        "contemporaneous tolerability considerations throughout treatment [M04]."
    )
    [breach] = check_text("dosage", text, facts, lexicon)
    assert (breach.kind, breach.topic) == ("reading_level", "dosage")


def test_a_topic_without_an_answer_is_refused(
    few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
) -> None:
    answers = make_answers(missed_dose="Never double up [M15, M18].")
    [breach] = check(few_facts("M15", "M18"), answers, lexicon)
    assert (breach.kind, breach.topic) == ("missing_answer", "storage")
    assert "data/responses/storage.yml" in breach.message


def test_a_fact_that_no_answer_cites_is_refused(
    few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
) -> None:
    [breach] = check(few_facts("M14", "M15"), make_answers(missed_dose="Never double up [M15]."), lexicon)
    assert (breach.kind, breach.topic) == ("fact_never_cited", "missed_dose")
    assert "M14" in breach.message


@pytest.mark.parametrize("nearby", ["moon", "missed_dose"])
def test_an_offer_that_leads_nowhere_is_refused(
    nearby: str, few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
) -> None:
    answers = make_answers(missed_dose="Never double up [M15].", nearby=(nearby,))
    assert [breach.kind for breach in check(few_facts("M15"), answers, lexicon)] == ["unknown_nearby"]


def test_a_title_too_long_for_a_button_is_refused(
    few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
) -> None:
    text = "Never double up [M15]."
    assert check(few_facts("M15"), make_answers(missed_dose=text, title="x" * 20), lexicon) == []
    [breach] = check(few_facts("M15"), make_answers(missed_dose=text, title="x" * 21), lexicon)
    assert breach.kind == "title_too_long"


class TestCopies:
    SOURCE = "Some people, on some days, forget to swallow all of their capsules at breakfast."

    @pytest.fixture
    def folder(self, tmp_path: Path, facts: FactBook) -> Path:
        for source in facts.sources.values():
            (tmp_path / source.file).write_text(self.SOURCE, encoding="utf-8")
        return tmp_path

    def test_eight_words_in_a_row_are_a_copy(
        self, folder: Path, few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
    ) -> None:
        answers = make_answers(missed_dose="They forget to swallow all of their capsules too [M15].")
        assert check(few_facts("M15"), answers, lexicon, folder) == []
        answers = make_answers(missed_dose="You forget to swallow all of their capsules AT breakfast [M15].")
        [breach] = check(few_facts("M15"), answers, lexicon, folder)
        assert breach.kind == "copied_sentence"
        assert "forget to swallow all of their capsules at" in breach.message

    def test_without_the_folder_nothing_is_compared(
        self, few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
    ) -> None:
        answers = make_answers(missed_dose="You forget to swallow all of their capsules at breakfast [M15].")
        assert check(few_facts("M15"), answers, lexicon) == []

    def test_a_folder_without_the_texts_is_an_error_not_a_pass(
        self, tmp_path: Path, few_facts: FewFacts, make_answers: MakeAnswers, lexicon: Lexicon
    ) -> None:
        with pytest.raises(ContentError, match=r"000_.*\.txt: cannot be read"):
            check(few_facts("M15"), make_answers(missed_dose="Never double up [M15]."), lexicon, tmp_path)


def test_a_breach_of_the_real_answers_is_found(
    facts: FactBook, answers: AnswerBook, lexicon: Lexicon
) -> None:
    broken = dict(answers.answers)
    alcohol = broken["alcohol"]
    broken["alcohol"] = dataclasses.replace(alcohol, text=alcohol.text.replace("[A14]", "[M18]"))
    found = check(facts, AnswerBook(broken), lexicon)
    assert {breach.topic for breach in found} == {"alcohol"}
    assert "unsupported_condition" in {breach.kind for breach in found}
