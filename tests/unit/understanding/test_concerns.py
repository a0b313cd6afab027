"""Who has to be called: rules or classifier, doubts, neutralisers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.rules import Neutralised, RuleMatch, RuleOutcome
from bot.understanding.concerns import DEFAULT_TIER, answered_yes, screen
from bot.understanding.policy import Thresholds
from tests.unit.understanding.by_hand import in_parts, scored

TEXT = "I have been so low since I started"
BARS = Thresholds()
NO_RULES = RuleOutcome()

CATEGORIES = st.sampled_from([category.value for category in Category])
SHARES = st.floats(0.0, 1.0)


def match(category: Category, tier: int, evidence: str, text: str = TEXT) -> RuleMatch:
    start = text.index(evidence)
    return RuleMatch("a_rule", category, tier, start, start + len(evidence), evidence, "why it matters")  # type: ignore[arg-type]


def covered(part: str, text: str = TEXT) -> Neutralised:
    start = text.index(part)
    return Neutralised(start, start + len(part), "a_neutraliser", None)


def test_a_rule_is_a_concern_whatever_the_classifier_thinks() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "so low"),))
    (concern,) = screen(TEXT, [scored(TEXT)], rules, BARS).concerns
    assert (concern.category, concern.tier, concern.evidence, concern.certainty) == (
        Category.MOOD,
        2,
        "so low",
        1.0,
    )
    assert concern.reason == "why it matters"


def test_a_rule_is_a_concern_also_where_a_neutraliser_stands() -> None:
    rules = RuleOutcome((match(Category.SUICIDAL, 1, "so low"),), (covered(TEXT),))
    assert [c.category for c in screen(TEXT, [scored(TEXT)], rules, BARS).concerns] == [Category.SUICIDAL]


def test_the_classifier_alone_opens_from_its_threshold_on() -> None:
    below, at = BARS.concern - 0.01, BARS.concern + 0.001
    assert not screen(TEXT, [scored(TEXT, concerns={"concern_mood": below})], NO_RULES, BARS).concerns
    (concern,) = screen(TEXT, [scored(TEXT, concerns={"concern_mood": at})], NO_RULES, BARS).concerns
    assert concern.evidence == TEXT and concern.tier == DEFAULT_TIER[Category.MOOD]
    assert concern.certainty == pytest.approx(at, abs=1e-3)


def test_doubt_is_spread_over_categories_but_counts_as_one() -> None:
    share = {"concern_mood": 0.3, "concern_suicidal": 0.31}
    (concern,) = screen(TEXT, [scored(TEXT, concerns=share)], NO_RULES, BARS).concerns
    assert concern.category is Category.SUICIDAL


def test_in_doubt_the_patient_is_asked() -> None:
    result = screen(TEXT, [scored(TEXT, concerns={"concern_mood": BARS.concern_doubt})], NO_RULES, BARS)
    assert result.clarify == "concern_mood" and not result.concerns


def test_below_doubt_nothing_is_asked() -> None:
    share = {"concern_mood": BARS.concern_doubt - 0.02}
    result = screen(TEXT, [scored(TEXT, concerns=share)], NO_RULES, BARS)
    assert result.clarify is None and not result.concerns


def test_a_second_doubt_about_the_same_is_a_concern() -> None:
    scores = [scored(TEXT, concerns={"concern_mood": BARS.concern_doubt})]
    result = screen(TEXT, scores, NO_RULES, BARS, hints=("concern_pregnancy", "concern_mood"))
    (concern,) = result.concerns
    assert concern.category is Category.MOOD and concern.evidence == TEXT and result.clarify is None


def test_a_doubt_about_something_else_is_asked_first() -> None:
    scores = [scored(TEXT, concerns={"concern_mood": BARS.concern_doubt})]
    result = screen(TEXT, scores, NO_RULES, BARS, hints=("concern_pregnancy",))
    assert result.clarify == "concern_mood" and not result.concerns


def test_nothing_is_asked_beside_a_concern() -> None:
    rules = RuleOutcome((match(Category.HUMAN, 3, "I started"),))
    result = screen(TEXT, [scored(TEXT, concerns={"concern_mood": BARS.concern_doubt})], rules, BARS)
    assert result.clarify is None and [c.category for c in result.concerns] == [Category.HUMAN]


def test_a_neutraliser_raises_the_bar_and_quells_doubt() -> None:
    rules = RuleOutcome((), (covered(TEXT),))
    under, over = BARS.neutralised - 0.01, BARS.neutralised + 0.01
    result = screen(TEXT, [scored(TEXT, concerns={"concern_mood": under})], rules, BARS)
    assert not result.concerns and result.clarify is None
    assert screen(TEXT, [scored(TEXT, concerns={"concern_mood": over})], rules, BARS).concerns


def test_a_neutraliser_covers_its_own_part_only() -> None:
    message = "I'm not depressed. I cry every single night."
    part = "I cry every single night."
    between = (BARS.concern_part + BARS.neutralised) / 2
    scores = in_parts(
        message,
        scored("I'm not depressed.", concerns={"concern_mood": between}),
        scored(part, concerns={"concern_mood": between}),
    )
    rules = RuleOutcome((), (covered("I'm not depressed.", message),))
    (concern,) = screen(message, scores, rules, BARS).concerns
    assert concern.evidence == part == message[concern.start : concern.end]


def test_a_part_needs_more_than_a_whole_message() -> None:
    message = "I have dry lips. I feel a bit flat."
    between = (BARS.concern + BARS.concern_part) / 2
    part = scored("I feel a bit flat.", concerns={"concern_mood": between})
    assert not screen(message, in_parts(message, scored("I have dry lips."), part), NO_RULES, BARS).concerns
    whole = scored(message, concerns={"concern_mood": between})
    assert screen(message, in_parts(message, part, whole=whole), NO_RULES, BARS).concerns


def test_one_concern_a_category_the_strongest_first() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "low"), match(Category.PREGNANCY, 1, "so low")))
    scores = [scored(TEXT, concerns={"concern_mood": 0.99})]
    concerns = screen(TEXT, scores, rules, BARS).concerns
    assert [(c.category, c.tier) for c in concerns] == [(Category.PREGNANCY, 1), (Category.MOOD, 2)]


def test_a_case_about_suicide_covers_low_mood() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "low"), match(Category.SUICIDAL, 1, "so low")))
    concerns = screen(TEXT, [scored(TEXT)], rules, BARS).concerns
    assert [c.category for c in concerns] == [Category.SUICIDAL]


def test_beside_a_danger_to_life_a_guess_opens_no_second_case() -> None:
    rules = RuleOutcome((match(Category.PREGNANCY, 1, "so low"),))
    concerns = screen(TEXT, [scored(TEXT, concerns={"concern_mood": 0.99})], rules, BARS).concerns
    assert [c.category for c in concerns] == [Category.PREGNANCY]


def test_an_emergency_is_told_from_other_serious_side_effects() -> None:
    name = "concern_serious_side_effect"
    (calm,) = screen(TEXT, [scored(TEXT, concerns={name: 0.9})], NO_RULES, BARS).concerns
    (urgent,) = screen(TEXT, [scored(TEXT, concerns={name: 0.3, f"{name}@1": 0.6})], NO_RULES, BARS).concerns
    assert (calm.tier, urgent.tier) == (2, 1)


def test_a_yes_to_the_question_back_is_a_concern() -> None:
    concern = answered_yes("yes", "concern_pregnancy")
    assert (concern.category, concern.tier, concern.evidence) == (Category.PREGNANCY, 1, "yes")


@given(st.dictionaries(CATEGORIES, SHARES, max_size=3), CATEGORIES, st.booleans())
def test_no_score_ever_takes_a_rule_back(shares: dict[str, float], ruled: str, neutralised: bool) -> None:
    total = max(1.0, sum(shares.values()))
    shares = {name: share / total for name, share in shares.items()}
    rules = RuleOutcome((match(Category(ruled), 1, "so low"),), (covered(TEXT),) if neutralised else ())
    result = screen(TEXT, [scored(TEXT, concerns=shares)], rules, BARS)
    assert Category(ruled) in {concern.category for concern in result.concerns}
    assert len({concern.category for concern in result.concerns}) == len(result.concerns)
    assert all(concern.evidence == TEXT[concern.start : concern.end] for concern in result.concerns)
    assert list(result.concerns) == sorted(result.concerns, key=lambda c: c.tier)


@given(CATEGORIES, SHARES, SHARES)
def test_more_certainty_never_closes_a_case(category: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if screen(TEXT, [scored(TEXT, concerns={category: low})], NO_RULES, BARS).concerns:
        assert screen(TEXT, [scored(TEXT, concerns={category: high})], NO_RULES, BARS).concerns
