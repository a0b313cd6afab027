"""The answers that patients get."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.content import AnswerBook, Fact, FactBook, cited_ids
from bot.content.checker import check
from bot.content.coverage import coverage
from bot.content.lexicon import Lexicon
from bot.content.readability import reading_grade
from bot.content.sentences import split_sentences

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(os.environ.get("SOURCES_DIR", ROOT.parent / "shared" / "sources"))


def test_the_content_passes_the_check(facts: FactBook, answers: AnswerBook, lexicon: Lexicon) -> None:
    assert check(facts, answers, lexicon) == []


def test_there_are_83_facts_on_43_topics(facts: FactBook) -> None:
    assert len(facts) == 83
    assert len(facts.topics) == 43
    assert {fact.source.title for fact in facts} == {"Isotretinoin: What You Need to Know", "Isotretinoin"}


def test_every_topic_has_an_answer_and_no_answer_lacks_its_topic(
    facts: FactBook, answers: AnswerBook
) -> None:
    assert set(answers.topics) == set(facts.topics)


def test_every_fact_can_be_learned(facts: FactBook, answers: AnswerBook) -> None:
    rows = coverage(facts, answers)
    assert [row.fact.id for row in rows if not row.cited_by] == []
    assert next(row for row in rows if row.fact.id == "M15").cited_by == ("missed_dose",)


def test_every_answer_cites_a_fact_of_its_own_topic(facts: FactBook, answers: AnswerBook) -> None:
    own = {topic: {fact.id for fact in facts if fact.topic == topic} for topic in facts.topics}
    assert [answer.topic for answer in answers if not own[answer.topic] & set(cited_ids(answer.text))] == []


def test_every_answer_reads_below_grade_eight(answers: AnswerBook) -> None:
    assert {
        answer.topic: reading_grade(answer.text) for answer in answers if reading_grade(answer.text) >= 8
    } == {}


def test_every_answer_has_a_title_and_short_words_of_its_own(answers: AnswerBook) -> None:
    assert (
        len({answer.title for answer in answers}) == len({answer.short for answer in answers}) == len(answers)
    )
    assert all(2 <= len(set(answer.nearby)) <= 3 for answer in answers)


@pytest.mark.parametrize(
    ("topic", "help_facts"),
    [
        ("mood_education", {"A30"}),
        ("serious_side_effects", {"A30", "M26"}),
        ("bowel", {"M29"}),
        ("liver", {"M29"}),
        ("pregnancy_education", {"M29"}),
    ],
)
def test_answers_on_grave_subjects_end_with_what_to_do(
    topic: str, help_facts: set[str], answers: AnswerBook
) -> None:
    last = split_sentences(answers[topic].text)[-1]
    assert help_facts <= set(last.ids)
    assert re.search(r"\b(at once|straight away)\b", last.text)


class TestDifferences:
    def test_each_difference_is_told_with_every_fact_of_it(
        self, facts: FactBook, answers: AnswerBook
    ) -> None:
        assert len(facts.differences) == 5
        for difference in facts.differences:
            assert set(difference.facts) <= set(cited_ids(answers[difference.topic].text)), difference.topic

    def test_alcohol_leads_with_the_stricter_source(self, answers: AnswerBook) -> None:
        first, second, *_ = split_sentences(answers["alcohol"].text)
        assert "avoid alcohol" in first.text
        assert first.ids == ("A14",)
        assert "heavy drinking" in second.text
        assert second.ids == ("M19",)

    def test_contraception_gives_the_requirement_and_its_span(self, answers: AnswerBook) -> None:
        text = answers["contraception"].text
        assert "must use two effective forms" in text
        assert re.search(r"at least one month before .* for one month after .* \[M34\]", text)
        assert "condoms" in text and "the pill" in text and "IUD" in text

    def test_contraception_goes_on_while_the_medicine_is_in_the_body(self, answers: AnswerBook) -> None:
        text = answers["time_in_body"].text
        assert "several weeks" in text and "one month after your last capsule" in text

    def test_common_side_effects_follow_the_fuller_list(self, answers: AnswerBook) -> None:
        fuller = " ".join(
            s.text for s in split_sentences(answers["common_side_effects"].text) if s.ids == ("M23",)
        )
        for effect in [
            "dry skin",
            "dry lips",
            "mucous membranes",
            "nosebleeds",
            "dry eyes",
            "joint pain",
            "muscle aches",
            "the sun",
            "cholesterol",
            "triglycerides",
        ]:
            assert effect in fuller.lower()

    def test_serious_side_effects_follow_the_fuller_list(self, answers: AnswerBook) -> None:
        fuller = " ".join(
            s.text for s in split_sentences(answers["serious_side_effects"].text) if "M26" in s.ids
        )
        for effect in [
            "depression",
            "anxiety",
            "suicidal thoughts",
            "bowel disease",
            "liver",
            "infections",
            "birth defects",
            "less common",
        ]:
            assert effect in fuller


# The source texts are not part of the project; where they lie beside it, the inventory is held against them.
if SOURCES.is_dir():

    @pytest.mark.parametrize("fact", FactBook.load(ROOT / "data" / "facts.yml"), ids=lambda fact: fact.id)
    def test_each_section_is_a_heading_of_its_source(fact: Fact) -> None:
        lines = (SOURCES / fact.source.file).read_text(encoding="utf-8").splitlines()
        headings = {line.strip("# ") for line in lines} | {
            match.group(1) for line in lines if (match := re.match(r"\*\*(.+?):\*\*", line))
        }
        assert fact.section in headings

    def test_no_answer_copies_a_source(facts: FactBook, answers: AnswerBook, lexicon: Lexicon) -> None:
        assert check(facts, answers, lexicon, SOURCES) == []
