"""Features and their weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.asked import FEATURES, WEIGHTS, features_of, topics_asked
from tests.unit.understanding.by_hand import asking, in_parts, scored

SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS.keys())
def test_every_feature_has_a_weight(weights: tuple[float, ...]) -> None:
    assert len(weights) == len(FEATURES)


def test_features_come_in_their_named_order() -> None:
    whole = scored("wine", intents={"faq/alcohol": 0.5, "not_in_source": 0.25})
    ((features, place),) = features_of([whole], []).values()
    named = dict(zip(FEATURES, features, strict=True))
    assert named["whole"] == named["whole_nearby"] == pytest.approx(0.0) and named["refusal"] == 0.25
    assert named["likeliest"] == 1.0 and named["no_list"] == 1.0 and place == 0


@given(SHARE, SHARE)
def test_more_evidence_never_makes_a_topic_less_likely(one: float, other: float) -> None:
    less, more = sorted((one, other))
    low = topics_asked([scored("x", intents={"faq/alcohol": 0.04 + 0.9 * less})], [])
    high = topics_asked([scored("x", intents={"faq/alcohol": 0.04 + 0.9 * more})], [])
    assert low[0].probability <= high[0].probability + 1e-9


@given(SHARE, SHARE)
def test_a_refusal_never_makes_a_topic_more_likely(one: float, other: float) -> None:
    less, more = sorted((0.5 * one, 0.5 * other))
    found = [
        topics_asked([scored("x", intents={"faq/alcohol": 0.4, "not_in_source": refusal})], [])[0].probability
        for refusal in (less, more)
    ]
    assert found[1] <= found[0] + 1e-9


def test_the_part_that_asks_is_named() -> None:
    message = "week nine. can i drink?"
    scores = in_parts(message, asking("week nine.", alcohol=0.05), asking("can i drink?", alcohol=0.9))
    assert topics_asked(scores, [])[0].place == message.index("can i")


def test_the_items_of_one_sentence_keep_their_order() -> None:
    whole = scored("wine and sun", intents={"faq/sun_sensitivity": 0.6, "faq/alcohol": 0.3})
    items = in_parts("wine and sun", asking("wine", alcohol=0.9), asking("sun", sun_sensitivity=0.9))[1:]
    places = {asked.topic: asked.place for asked in topics_asked([whole], items)}
    assert places["alcohol"] < places["sun_sensitivity"]
