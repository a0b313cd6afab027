"""Which subject several ways of reading a message mean together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.labels import NOT_IN_SOURCE, label_of
from bot.understanding.meant import FEATURES, WEIGHTS, Ways, features_of, subjects_meant

LABELS = [label_of(topic) for topic in ("alcohol", "liver", "storage", "dosage")] + [NOT_IN_SOURCE, "thanks"]
INTENTS = st.dictionaries(st.sampled_from(LABELS), st.floats(0.0, 1.0))
LAST = st.lists(st.sampled_from(["alcohol", "liver"]), max_size=2, unique=True)
WAYS = st.builds(Ways, INTENTS, INTENTS, INTENTS, st.none() | INTENTS)


def likeliest(ways: Ways, *last: str) -> str | None:
    return subjects_meant(ways, last)[0].topic


def test_what_all_ways_say_is_meant() -> None:
    liver = {label_of("liver"): 0.9}
    assert likeliest(Ways(liver, liver, liver, liver), "alcohol") == "liver"


def test_what_says_nothing_alone_is_about_the_last_subject() -> None:
    alcohol = {label_of("alcohol"): 0.95}
    assert likeliest(Ways({"follow_up": 0.9}, alcohol, alcohol, None), "alcohol") == "alcohol"


def test_a_new_subject_is_one_by_its_name() -> None:
    alcohol = {label_of("alcohol"): 0.6, label_of("liver"): 0.3}
    ways = Ways({"follow_up": 0.6, label_of("liver"): 0.3}, alcohol, alcohol, {label_of("liver"): 0.95})
    assert likeliest(ways, "alcohol") == "liver"


def test_what_the_sources_do_not_have_is_refused() -> None:
    refused = {NOT_IN_SOURCE: 0.9, label_of("alcohol"): 0.1}
    assert likeliest(Ways(refused, refused, refused, refused), "alcohol") is None


def test_there_is_a_weight_for_each_feature() -> None:
    assert len(WEIGHTS) == len(FEATURES)


@given(WAYS, LAST)
def test_it_is_a_distribution_over_known_subjects_that_holds_refusal_and_last(
    ways: Ways, last: list[str]
) -> None:
    found = subjects_meant(ways, last)
    assert sum(meant.probability for meant in found) == pytest.approx(1.0)
    topics = [meant.topic for meant in found]
    assert {None, *last[:1]} <= set(topics) and len(topics) == len(set(topics)) == len(
        features_of(ways, last)
    )


@given(WAYS, LAST, st.sampled_from(LABELS[:4]))
def test_no_way_that_speaks_for_a_subject_speaks_against_it(ways: Ways, last: list[str], label: str) -> None:
    def share(read: Ways) -> float:
        return {meant.topic: meant.probability for meant in subjects_meant(read, last)}.get(
            label.removeprefix("faq/"), 0.0
        )

    surer = Ways({**ways.alone, label: 1.0}, ways.after_subject, ways.after_question, ways.anew)
    assert share(surer) >= share(ways) - 1e-9
