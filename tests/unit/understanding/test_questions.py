"""Which subjects a message asks about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.policy import Thresholds
from bot.understanding.questions import MOST_ANSWERED, MOST_NEARBY, questions_in
from bot.understanding.scores import PieceScores
from tests.unit.understanding.by_hand import asking, in_parts, scored

BARS = Thresholds()
SURE = 0.95


def together(message: str, *parts: PieceScores) -> list[PieceScores]:
    """A message that asks what its parts ask, each in its share."""
    shares: dict[str, float] = {}
    for part in parts:
        for label, p in part.intents.items():
            shares[label] = shares.get(label, 0.0) + p / len(parts)
    return in_parts(message, *parts, whole=scored(message, intents=shares))


def test_one_question() -> None:
    found = questions_in([scored("can i drink", intents={"faq/alcohol": SURE})], BARS)
    assert found.topics == ("alcohol",) and not found.further and found.confidence > 0.9


def test_below_the_threshold_nothing_is_answered_but_it_is_offered() -> None:
    found = questions_in([scored("hm wine?", intents={"faq/alcohol": 0.05, "not_in_source": 0.9})], BARS)
    assert found.topics == () and found.nearby == ("alcohol",) and found.confidence == 0.0


def test_two_subjects_in_one_short_question() -> None:
    intents = {"faq/alcohol": 0.5, "faq/liver": 0.4}
    assert questions_in([scored("wine and my liver", intents=intents)], BARS).topics == ("alcohol", "liver")


def test_several_are_answered_in_the_order_asked() -> None:
    message = "Do I need sunscreen? Can I drink? How do I store it?"
    scores = together(
        message,
        asking("Do I need sunscreen?", sun_sensitivity=0.95),
        asking("Can I drink?", alcohol=0.99),
        asking("How do I store it?", storage=0.96),
    )
    assert questions_in(scores, BARS).topics == ("sun_sensitivity", "alcohol", "storage")


def test_the_surest_three_are_answered_and_the_rest_is_left_for_later() -> None:
    message = "one a. two b. three c. four d."
    scores = together(
        message,
        asking("one a.", alcohol=0.93),
        asking("two b.", liver=0.96),
        asking("three c.", storage=0.98),
        asking("four d.", dosage=0.99),
    )
    found = questions_in(scores, BARS)
    assert found.topics == ("liver", "storage", "dosage") and found.further == ("alcohol",)
    assert len(found.topics) == MOST_ANSWERED


def test_a_subject_asked_twice_is_answered_once_where_it_is_spoken_of_most() -> None:
    message = "wine? sunscreen? and beer?"
    scores = together(
        message,
        asking("wine?", alcohol=0.99),
        asking("sunscreen?", sun_sensitivity=0.9),
        asking("beer?", alcohol=0.6),
    )
    assert questions_in(scores, BARS).topics == ("alcohol", "sun_sensitivity")


def test_an_item_of_a_list_is_a_subject_of_its_own() -> None:
    """The intent head gives nearly everything to the first of two subjects in one breath."""
    whole = scored(
        "bowels and infections, tell me", intents={"faq/bowel": 0.9, "faq/infections_immune": 0.04}
    )
    hint, clear = asking("infections", infections_immune=0.02), asking("infections", infections_immune=0.98)
    bowels = asking("bowels", bowel=0.98)
    assert questions_in([whole], BARS, [bowels, hint]).topics == ("bowel",)
    assert set(questions_in([whole], BARS, [bowels, clear]).topics) == {"bowel", "infections_immune"}


def test_a_message_that_the_sources_do_not_cover_needs_a_clear_sentence_to_be_answered() -> None:
    message = "i want my brows waxed again. the lady refused. how long does that last"
    hint = asking("how long does that last", treatment_duration=0.5)
    covered = in_parts(message, hint, whole=scored(message, intents={"faq/treatment_duration": 0.4}))
    refused = in_parts(message, hint, whole=scored(message, intents={"not_in_source": 0.99}))
    assert questions_in(covered, BARS).topics and not questions_in(refused, BARS).topics


def test_a_subject_that_only_the_whole_names_stands_where_it_is_spoken_of_most() -> None:
    message = "so about the party. and the beach"
    scores = in_parts(
        message,
        asking("so about the party.", alcohol=0.3),
        asking("the beach", sun_sensitivity=0.9),
        whole=scored(message, intents={"faq/alcohol": 0.6, "faq/sun_sensitivity": 0.35}),
    )
    assert questions_in(scores, BARS).topics == ("alcohol", "sun_sensitivity")


def test_a_part_that_the_sources_do_not_answer_is_noticed() -> None:
    message = "can i drink? will my hair fall out?"
    hair = scored("will my hair fall out?", whole=False, intents={"not_in_source": 0.9})
    found = questions_in(together(message, asking("can i drink?", alcohol=0.99), hair), BARS)
    assert found.uncovered and found.topics == ("alcohol",)
    assert not questions_in(together(message, asking("can i drink?", alcohol=0.9)), BARS).uncovered


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["alcohol", "liver", "storage", "dosage", "bowel"]), st.floats(0, 0.2)
        ),
        min_size=2,
        max_size=6,
    ),
    st.floats(0.0, 1.0),
)
def test_what_is_answered_left_and_offered_never_overlaps(
    parts: list[dict[str, float]], boost: float
) -> None:
    texts = [f"part {number}." for number in range(len(parts))]
    scores = together(
        " ".join(texts),
        *(
            asking(text, **{topic: p * 5 * boost for topic, p in part.items()})
            for text, part in zip(texts, parts, strict=True)
        ),
    )
    found = questions_in(scores, BARS)
    every = [*found.topics, *found.further, *found.nearby]
    assert len(every) == len(set(every))
    assert len(found.topics) <= MOST_ANSWERED and len(found.nearby) <= MOST_NEARBY
    assert not found.further or len(found.topics) == MOST_ANSWERED
