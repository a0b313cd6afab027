"""How the rule book weighs concerns against harmless clauses."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.errors import PhraseError, RuleError
from bot.safety.rules import RuleBook, RuleOutcome

RULES = Path(__file__).resolve().parents[3] / "data" / "safety"
BOOK = RuleBook.load(RULES)
SENTENCES = sorted({sentence for rule in BOOK.rules.values() for sentence in rule.must_match})


def categories(text: str) -> set[str]:
    return {match.category.value for match in BOOK.match(text).matches}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("kms", "concern_suicidal"),
        ("i wanna unalive myself", "concern_suicidal"),
        ("end it all", "concern_suicidal"),
        ("better off without me", "concern_suicidal"),
        ("I don't see the point", "concern_suicidal"),
        ("I don't want to be here anymore", "concern_suicidal"),
        ("cut myself last night", "concern_suicidal"),
        ("this acne makes me want to die lol", "concern_suicidal"),
        ("my period is late", "concern_pregnancy"),
        ("late", "concern_pregnancy"),
        ("we didn't use anything", "concern_pregnancy"),
        ("not sure if I'm pregnant", "concern_pregnancy"),
        ("test was negative but still late", "concern_pregnancy"),
        ("im pregant", "concern_pregnancy"),
        ("took 10 pills", "concern_serious_side_effect"),
        ("I've cried every day since week 3", "concern_mood"),
        ("can i talk to a real person", "request_human"),
    ],
)
def test_explicit_words_are_found(text: str, category: str) -> None:
    assert category in categories(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not pregnant",
        "I'm not suicidal",
        "cut myself shaving",
        "dying of dry lips lol",
        "I could kill my derm",
        "can it cause depression?",
        "what if someone gets pregnant on it",
        "my cousin's friend got pregnant on it years ago",
        "dying to see results",
        "I'd kill for clear skin",
        "i was depressed years ago, before accutane, fine now",
        "",
        "   \n\n ...",
    ],
)
def test_harmless_words_are_let_be(text: str) -> None:
    assert BOOK.match(text).matches == ()


def test_a_denial_lowers_nothing_explicit_in_another_sentence() -> None:
    outcome = BOOK.match("I'm not suicidal. I want to kill myself.")
    assert {match.category for match in outcome.matches} == {Category.SUICIDAL}
    assert "denies_being_suicidal" in {clause.rule_id for clause in outcome.neutralised}


def test_a_but_takes_a_denial_back() -> None:
    assert BOOK.match("I'm not depressed").neutralised
    assert not BOOK.match("I'm not depressed but I sit in the dark").neutralised


@pytest.mark.parametrize("canceller", ["anymore", "today", "lately", "still", "now"])
def test_a_canceller_calls_a_neutraliser_off(canceller: str) -> None:
    assert BOOK.match("I'm not pregnant").neutralised
    assert not BOOK.match(f"I'm not pregnant {canceller}").neutralised


def test_a_neutraliser_acts_on_its_own_category_only() -> None:
    (clause,) = BOOK.match("I'm not pregnant").neutralised
    assert clause.category is Category.PREGNANCY


def test_explicit_words_are_never_neutralised() -> None:
    text = "a girl on tiktok said it passes, i want to kill myself"
    outcome = BOOK.match(text)
    assert outcome.matches[0].rule_id == "suicide_kill_myself"
    assert outcome.neutralised == ()


def test_the_most_urgent_comes_first_with_a_reason_for_the_clinician() -> None:
    outcome = BOOK.match("I feel so low. I want to die. Can I talk to a real person?")
    assert [match.tier for match in outcome.matches] == sorted(match.tier for match in outcome.matches)
    assert outcome.matches[0].why == "Says that they want to die or would rather be dead."


words = st.text(max_size=40)


@given(before=words, sentence=st.sampled_from(SENTENCES), after=words)
def test_evidence_is_what_stands_between_start_and_end(before: str, sentence: str, after: str) -> None:
    text = f"{before}\n{sentence}\n{after}"
    outcome = BOOK.match(text)
    for match in outcome.matches:
        assert match.evidence == text[match.start : match.end]
        assert match.evidence.strip()
    for clause in outcome.neutralised:
        assert 0 <= clause.start < clause.end <= len(text)


@given(before=words, sentence=st.sampled_from(SENTENCES))
def test_a_line_before_a_concern_never_hides_it(before: str, sentence: str) -> None:
    alone = {match.rule_id for match in BOOK.match(sentence).matches}
    together = {match.rule_id for match in BOOK.match(f"{before}\n{sentence}").matches}
    assert alone <= together


@given(st.text())
def test_any_text_can_be_matched_and_gives_the_same_again(text: str) -> None:
    assert BOOK.match(text) == BOOK.match(text)


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_concern_is_found_anywhere_in_a_sentence_without_end(before: int, after: int) -> None:
    text = "and " * before + "i want to die" + " and" * after
    assert "suicide_wants_to_die" in {match.rule_id for match in BOOK.match(text).matches}


def test_threads_may_share_a_rule_book() -> None:
    expected = [BOOK.match(sentence) for sentence in SENTENCES]
    found: list[list[RuleOutcome]] = []

    def read_all() -> None:
        found.append([BOOK.match(sentence) for sentence in SENTENCES])

    threads = [threading.Thread(target=read_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 3


RULE = {
    "id": "one",
    "category": "concern_mood",
    "tier": 2,
    "kind": "concern",
    "why": "Because.",
    "phrases": "so sad",
    "must_match": "so sad\n" * 5,
    "must_not_match": "so happy\n" * 5,
}


def write_rules(directory: Path, *rules: dict[str, object]) -> Path:
    # JSON is YAML.
    (directory / "mine.yml").write_text(json.dumps({"concern_rules": rules}), encoding="utf-8")
    return directory


def test_a_small_rule_book(tmp_path: Path) -> None:
    book = RuleBook.load(write_rules(tmp_path, RULE))
    assert [match.evidence for match in book.match("I am SO sad.").matches] == ["SO sad"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tier": 4}, "mine.yml: one: tier must be 1, 2 or 3"),
        ({"kind": "rule"}, "mine.yml: one: kind must be concern or neutraliser"),
        ({"category": "mood"}, "mine.yml: one: unknown category mood"),
        ({"category": "any"}, "mine.yml: one: unknown category any"),
        ({"why": ""}, "mine.yml: one: why must be one line for clinicians"),
        ({"phrases": ""}, "mine.yml: one: no phrases"),
        ({"phrases": ["so sad"]}, "mine.yml: one: expected a block of lines"),
        ({"must_match": "so sad"}, "mine.yml: one: must_match and must_not_match need 5 sentences each"),
        ({"nlu": "x"}, "mine.yml: one: unknown field nlu"),
        ({"kind": "neutraliser"}, "mine.yml: one: a neutraliser has neither tier nor explicit"),
    ],
)
def test_an_incomplete_rule_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError) as refused:
        RuleBook.load(write_rules(tmp_path, {**RULE, **change}))
    assert str(refused.value).startswith(message)


def test_a_doubled_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="another rule with this id"):
        RuleBook.load(write_rules(tmp_path, RULE, RULE))


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no concern rules here"):
        RuleBook.load(tmp_path)


def test_a_broken_phrase_names_file_rule_and_phrase(tmp_path: Path) -> None:
    with pytest.raises(PhraseError) as refused:
        RuleBook.load(write_rules(tmp_path, {**RULE, "phrases": "i don't know"}))
    assert str(refused.value).startswith("mine.yml: one: 'i don't know': 'don't': write words in lower-case")


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = RuleBook.load(write_rules(tmp_path, RULE)).version
    assert RuleBook.load(write_rules(tmp_path, RULE)).version == first
    assert RuleBook.load(write_rules(tmp_path, {**RULE, "why": "Another."})).version != first


def test_a_neutraliser_that_was_not_heeded_is_told_with_what_takes_it_back() -> None:
    book = RuleBook.load(Path(__file__).resolve().parents[3] / "data" / "safety")
    text = "not pregnant, not sure though, my period is late"
    (unheeded,) = book.unheeded(text, 31, len(text))
    assert (unheeded.rule_id, text[unheeded.start : unheeded.end]) == (
        "denies_pregnancy",
        "not pregnant, not",
    )
    assert unheeded.taken_back is not None and "not sure" in text[slice(*unheeded.taken_back)]
    two_sentences = "I'm not pregnant. How should I store it?"
    assert book.unheeded(two_sentences, 0, 17) == ()
