"""Why did this page me? Explanations made from what reading a message gave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.safety.categories import Category
from bot.safety.rules import RuleBook
from bot.understanding.concerns import answered_yes, gathered_concern, screen
from bot.understanding.explanation import Explanation, explain, percent
from bot.understanding.policy import Thresholds
from bot.understanding.reading import Context
from bot.understanding.scores import PieceScores
from bot.understanding.worry import Gathered
from tests.unit.understanding.by_hand import in_parts, scored

BARS = Thresholds()


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return RuleBook.load(Path(__file__).resolve().parents[3] / "data" / "safety")


def explained(
    book: RuleBook,
    text: str,
    scores: list[PieceScores],
    context: Context = Context(),
    nearest: tuple[str, ...] = (),
) -> Explanation:
    rules = book.match(text)
    concern = screen(text, scores, rules, BARS).concerns[0]
    return explain(concern, scores, rules, book, BARS, context, nearest)


def test_a_rule_is_named_with_its_words(book: RuleBook) -> None:
    text = "Hello. I want to kill myself"
    found = explained(book, text, [scored(text, concerns={"concern_suicidal": 0.3})])
    (rule,) = found.rules
    assert rule.about == book.rules[rule.rule_id].why and rule.about in found.summary
    assert text[rule.start : rule.end] == "I want to kill myself"
    assert (found.certainty, found.classifier) == (1.0, 0.3)


def test_the_classifier_is_named_with_its_sentence_and_what_else_it_thought(book: RuleBook) -> None:
    text = "Lips are dry. Days feel grey to me."
    part = "Days feel grey to me."
    shares = {"concern_mood": 0.95, "concern_suicidal": 0.03}
    whole = scored(text, concerns={"concern_mood": 0.2})
    scores = in_parts(text, scored("Lips are dry."), scored(part, concerns=shares), whole=whole)
    found = explained(book, text, scores, nearest=("concern_mood", "faq/mood_education", "share_update"))
    assert text[found.start : found.end] == part
    assert (
        "one sentence" in found.summary
        and "low or changed mood" in found.summary
        and "% sure" in found.summary
    )
    assert found.classifier == 0.95
    assert found.others[0].subject == "suicide or self-harm" and found.others[0].probability == 0.03
    assert found.nearest == ("low or changed mood", "mood education", "news of the treatment")
    assert not found.rules


def test_what_the_conversation_added(book: RuleBook) -> None:
    text = "it is like that"
    context = Context(
        last_topics=("mood_education",),
        hints=("concern_mood",),
        worries=({"concern_suicidal": 0.2}, {}, {"concern_mood": 1.0}),
    )
    concern = gathered_concern(text, Gathered("concern_mood", 0.7, 2))
    found = explain(concern, [scored(text)], book.match(text), book, BARS, context, ())
    assert found.summary == "Several messages of this conversation together speak of it."
    assert len(found.context) == 4
    assert "An earlier message had opened a case on this or on something close to it." in found.context
    assert "1 earlier message spoke of it too, less clearly." in found.context


def test_a_yes_is_explained_by_what_was_asked(book: RuleBook) -> None:
    concern = answered_yes("yes", "concern_pregnancy")
    context = Context(pending_clarification="concern_pregnancy")
    found = explain(concern, [scored("yes")], book.match("yes"), book, BARS, context, ())
    assert "confirmed, when asked" in found.summary
    assert found.context == ("The assistant had just asked whether this is happening now.",)
    assert found.classifier is None and not found.others


def test_a_neutraliser_that_did_not_count_says_why(book: RuleBook) -> None:
    text = "I'm not pregnant, not sure though, my period is late"
    found = explained(book, text, [scored(text, concerns={"concern_pregnancy": 0.3})])
    (against,) = [words for words in found.neutralisers if words.rule_id == "denies_pregnancy"]
    assert "take it back" in against.about and text[against.start : against.end].startswith(
        "I'm not pregnant"
    )


def test_a_neutraliser_beside_it_covers_other_words(book: RuleBook) -> None:
    text = "Can it cause depression? I want to kill myself"
    found = explained(book, text, [scored(text, concerns={"concern_suicidal": 0.9})])
    assert any("covers other words" in words.about for words in found.neutralisers)


def test_it_holds_nothing_that_the_patient_wrote(book: RuleBook) -> None:
    text = "Zebulon says I want to kill myself, not pregnant though, quixotically"
    found = explained(book, text, [scored(text, concerns={"concern_suicidal": 0.9})])
    stored = json.dumps(found.to_dict()).lower()
    assert "zebulon" not in stored and "quixotically" not in stored


def test_it_survives_being_stored(book: RuleBook) -> None:
    text = "I want to kill myself"
    found = explained(
        book, text, [scored(text, concerns={"concern_suicidal": 0.9})], nearest=("concern_mood",)
    )
    assert Explanation.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize("category", list(Category))
def test_every_category_can_be_explained_without_scores(book: RuleBook, category: Category) -> None:
    concern = answered_yes("!", category.value)
    assert explain(concern, (), book.match("!"), book, BARS, Context(), ()).summary


def test_no_figure_claims_certainty() -> None:
    assert [percent(p) for p in (1.0, 0.999, 0.5, 0.001)] == [
        "more than 99%",
        "more than 99%",
        "50%",
        "less than 1%",
    ]
