"""Who has to be called: one judgement, reviewed rules, doubts, neutralisers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.rules import Neutralised, RuleMatch, RuleOutcome
from bot.understanding.concerns import DEFAULT_TIER, SECOND, answered_yes, doubted, screen
from bot.understanding.policy import Thresholds
from bot.understanding.voiced import concerns_voiced
from tests.unit.understanding.by_hand import in_parts, scored

TEXT = "I have been so low since I started"
BARS = Thresholds()
NO_RULES = RuleOutcome()

CATEGORIES = st.sampled_from([category.value for category in Category])
HEALTH = st.sampled_from([category.value for category in Category if category is not Category.HUMAN])
SHARES = st.floats(0.0, 1.0)


def share_giving(probability: float) -> float:
    """The share of low mood that makes the judgement of TEXT, a message of one part, a little over `probability`."""
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        found = {
            v.category: v.probability
            for v in concerns_voiced([scored(TEXT, concerns={"concern_mood": share})])
        }
        low, high = (low, share) if found[Category.MOOD] >= probability else (share, high)
    return high


def match(category: Category, tier: int, evidence: str, text: str = TEXT) -> RuleMatch:
    start = text.index(evidence)
    return RuleMatch("a_rule", category, tier, start, start + len(evidence), evidence, "why it matters")  # type: ignore[arg-type]


def covered(part: str, text: str = TEXT) -> Neutralised:
    start = text.index(part)
    return Neutralised(start, start + len(part), "a_neutraliser", None)


def test_a_rule_needs_little_to_be_a_concern() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "so low"),))
    scores = [scored(TEXT, concerns={"concern_mood": share_giving(BARS.concern_ruled)})]
    (concern,) = screen(TEXT, scores, rules, BARS).concerns
    assert (concern.category, concern.tier, concern.evidence, concern.certainty) == (
        Category.MOOD,
        2,
        "so low",
        1.0,
    )
    assert concern.reason == "why it matters"


def test_what_a_rule_calls_urgent_needs_less() -> None:
    share = share_giving(BARS.concern_ruled_urgent)
    scores = [scored(TEXT, concerns={"concern_mood": share})]
    urgent, lesser = (RuleOutcome((match(Category.MOOD, tier, "so low"),)) for tier in (1, 2))
    assert [concern.tier for concern in screen(TEXT, scores, urgent, BARS).concerns] == [1]
    asked = screen(TEXT, scores, lesser, BARS)
    assert not asked.concerns and asked.clarify == "concern_mood"


def test_a_rule_that_nothing_speaks_for_is_asked_about() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "so low"),))
    result = screen(TEXT, [scored(TEXT)], rules, BARS)
    assert not result.concerns and result.clarify == "concern_mood"


def test_asked_about_twice_a_rule_is_a_concern() -> None:
    rules = RuleOutcome((match(Category.SUICIDAL, 1, "so low"),))
    (concern,) = screen(TEXT, [scored(TEXT)], rules, BARS, hints=("concern_mood",)).concerns
    assert (concern.category, concern.tier) == (Category.SUICIDAL, 1)


def test_two_rules_that_name_different_things_are_a_case() -> None:
    """Only one of them could be asked about."""
    rules = RuleOutcome((match(Category.PREGNANCY, 1, "since I started"), match(Category.MOOD, 2, "so low")))
    result = screen(TEXT, [scored(TEXT)], rules, BARS)
    assert {c.category for c in result.concerns} == {Category.PREGNANCY, Category.MOOD}


def test_beside_another_concern_a_rule_that_nothing_speaks_for_is_told_as_well() -> None:
    rules = RuleOutcome((match(Category.SUICIDAL, 1, "so low"), match(Category.HUMAN, 3, "I started")))
    concerns = screen(TEXT, [scored(TEXT, concerns={"request_human": 0.5})], rules, BARS).concerns
    assert [c.category for c in concerns] == [Category.SUICIDAL, Category.HUMAN]


def test_a_wish_for_a_person_that_nothing_speaks_for_is_let_be() -> None:
    rules = RuleOutcome((match(Category.HUMAN, 3, "I started"),))
    result = screen(TEXT, [scored(TEXT)], rules, BARS)
    assert not result.concerns and result.clarify is None


def test_where_nothing_can_be_judged_a_rule_is_a_concern() -> None:
    rules = RuleOutcome((match(Category.SUICIDAL, 1, "so low"),))
    assert [c.category for c in screen(TEXT, (), rules, BARS).concerns] == [Category.SUICIDAL]


def test_without_a_rule_a_concern_opens_from_its_bar_on() -> None:
    below, at = share_giving(BARS.concern) - 0.01, share_giving(BARS.concern)
    assert not screen(TEXT, [scored(TEXT, concerns={"concern_mood": below})], NO_RULES, BARS).concerns
    (concern,) = screen(TEXT, [scored(TEXT, concerns={"concern_mood": at})], NO_RULES, BARS).concerns
    assert concern.evidence == TEXT and concern.tier == DEFAULT_TIER[Category.MOOD]
    assert concern.certainty == pytest.approx(BARS.concern, abs=1e-3)


def test_a_second_category_opens_only_when_it_is_likely() -> None:
    share = {"concern_mood": 0.4, "concern_suicidal": 0.5}
    voiced = concerns_voiced([scored(TEXT, concerns=share)])
    assert BARS.concern < voiced[1].probability < SECOND
    (concern,) = screen(TEXT, [scored(TEXT, concerns=share)], NO_RULES, BARS).concerns
    assert concern.category is Category.SUICIDAL


DOUBT = {"concern_mood": share_giving(BARS.concern_doubt)}


def test_in_doubt_the_patient_is_asked() -> None:
    result = screen(TEXT, [scored(TEXT, concerns=DOUBT)], NO_RULES, BARS)
    assert result.clarify == "concern_mood" and not result.concerns


def test_below_doubt_nothing_is_asked() -> None:
    share = {"concern_mood": DOUBT["concern_mood"] / 2}
    result = screen(TEXT, [scored(TEXT, concerns=share)], NO_RULES, BARS)
    assert result.clarify is None and not result.concerns


AGAIN = {"concern_mood": share_giving(BARS.concern_again)}


def test_a_second_doubt_about_the_same_is_a_concern() -> None:
    hints = ("concern_pregnancy", "concern_mood")
    result = screen(TEXT, [scored(TEXT, concerns=AGAIN)], NO_RULES, BARS, hints=hints)
    (concern,) = result.concerns
    assert concern.category is Category.MOOD and concern.evidence == TEXT and result.clarify is None


def test_a_second_doubt_that_is_hardly_one_is_asked_about_again() -> None:
    result = screen(TEXT, [scored(TEXT, concerns=DOUBT)], NO_RULES, BARS, hints=("concern_mood",))
    assert result.clarify == "concern_mood" and not result.concerns


def test_a_second_sign_that_a_rule_names_needs_nothing_else() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "so low"),))
    result = screen(TEXT, [scored(TEXT)], rules, BARS, hints=("concern_mood",))
    assert [c.category for c in result.concerns] == [Category.MOOD] and result.clarify is None


def test_a_doubt_that_the_conversation_raises_counts_as_a_second_sign_too() -> None:
    first = doubted(TEXT, Category.MOOD, 0.1, NO_RULES, BARS, ())
    assert first.clarify == "concern_mood" and not first.concerns
    second = doubted(TEXT, Category.MOOD, 0.1, NO_RULES, BARS, ("concern_suicidal",))
    assert [c.category for c in second.concerns] == [Category.MOOD] and second.clarify is None


def test_a_doubt_about_something_else_is_asked_first() -> None:
    result = screen(TEXT, [scored(TEXT, concerns=DOUBT)], NO_RULES, BARS, hints=("concern_pregnancy",))
    assert result.clarify == "concern_mood" and not result.concerns


def test_nothing_is_asked_beside_a_concern() -> None:
    rules = RuleOutcome((match(Category.HUMAN, 3, "I started"),))
    result = screen(TEXT, [scored(TEXT, concerns={**DOUBT, "request_human": 0.5})], rules, BARS)
    assert result.clarify is None and [c.category for c in result.concerns] == [Category.HUMAN]


def test_a_neutraliser_raises_the_bar_and_quells_doubt() -> None:
    rules = RuleOutcome((), (covered(TEXT),))
    under, over = share_giving(BARS.neutralised) - 0.01, share_giving(BARS.neutralised)
    result = screen(TEXT, [scored(TEXT, concerns={"concern_mood": under})], rules, BARS)
    assert not result.concerns and result.clarify is None
    assert screen(TEXT, [scored(TEXT, concerns={"concern_mood": over})], rules, BARS).concerns


def test_a_neutraliser_of_a_few_words_does_not_speak_for_the_message() -> None:
    rules = RuleOutcome((), (covered("I have"),))
    scores = [scored(TEXT, concerns={"concern_mood": share_giving(BARS.concern)})]
    assert screen(TEXT, scores, rules, BARS).concerns


def test_one_sentence_of_several_can_carry_a_concern() -> None:
    message = "I have dry lips. I cry every single night."
    part = "I cry every single night."
    scores = in_parts(
        message,
        scored("I have dry lips."),
        scored(part, concerns={"concern_mood": 0.95}),
        whole=scored(message, concerns={"concern_mood": 0.1}),
    )
    (concern,) = screen(message, scores, NO_RULES, BARS).concerns
    assert concern.evidence == part == message[concern.start : concern.end]


def test_one_concern_a_category_the_strongest_first() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "low"), match(Category.PREGNANCY, 1, "so low")))
    scores = [scored(TEXT, concerns={"concern_mood": 0.99})]
    concerns = screen(TEXT, scores, rules, BARS).concerns
    assert [(c.category, c.tier) for c in concerns] == [(Category.PREGNANCY, 1), (Category.MOOD, 2)]


def test_a_case_about_suicide_covers_low_mood() -> None:
    rules = RuleOutcome((match(Category.MOOD, 2, "low"), match(Category.SUICIDAL, 1, "so low")))
    scores = [scored(TEXT, concerns={"concern_mood": 0.4, "concern_suicidal": 0.4})]
    assert [c.category for c in screen(TEXT, scores, rules, BARS).concerns] == [Category.SUICIDAL]


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


def test_an_emergency_that_a_rule_named_stays_one_after_a_yes_and_at_the_second_sign() -> None:
    rules = RuleOutcome((match(Category.SERIOUS_SIDE_EFFECT, 1, "so low"),))
    assert answered_yes("yes", "concern_serious_side_effect", rules).tier == 1
    hints = ("concern_serious_side_effect",)
    (again,) = screen(TEXT, [scored(TEXT)], rules, BARS, hints=hints).concerns
    assert again.tier == 1


@given(st.dictionaries(CATEGORIES, SHARES, max_size=3), HEALTH, st.booleans())
def test_no_rule_is_ever_passed_over(shares: dict[str, float], ruled: str, neutralised: bool) -> None:
    total = max(1.0, sum(shares.values()))
    shares = {name: share / total for name, share in shares.items()}
    rules = RuleOutcome((match(Category(ruled), 1, "so low"),), (covered(TEXT),) if neutralised else ())
    result = screen(TEXT, [scored(TEXT, concerns=shares)], rules, BARS)
    assert Category(ruled) in {concern.category for concern in result.concerns} or result.clarify == ruled
    assert len({concern.category for concern in result.concerns}) == len(result.concerns)
    assert all(concern.evidence == TEXT[concern.start : concern.end] for concern in result.concerns)
    assert list(result.concerns) == sorted(result.concerns, key=lambda c: c.tier)


@given(CATEGORIES, SHARES, SHARES, st.booleans())
def test_more_certainty_never_closes_a_case(category: str, one: float, other: float, ruled: bool) -> None:
    low, high = sorted((one, other))
    rules = RuleOutcome((match(Category(category), 1, "so low"),)) if ruled else NO_RULES
    if screen(TEXT, [scored(TEXT, concerns={category: low})], rules, BARS).concerns:
        assert screen(TEXT, [scored(TEXT, concerns={category: high})], rules, BARS).concerns
