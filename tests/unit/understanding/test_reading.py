"""Readings as JSON and as Rasa's parse data."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Reading, to_parse_data
from bot.understanding.parse_data import READING_KEY

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
TOPICS = st.lists(st.sampled_from(["alcohol", "liver", "storage", "dosage"]), max_size=3, unique=True).map(
    tuple
)
CONCERNS = st.builds(
    Concern,
    category=st.sampled_from(Category),
    tier=st.integers(1, 3),
    start=st.integers(0, 50),
    end=st.integers(0, 50),
    evidence=TEXTS,
    reason=TEXTS,
    certainty=st.floats(0, 1),
)
READINGS = st.builds(
    Reading,
    text=TEXTS,
    intent=st.sampled_from(["faq", "greet", "concern_mood", "ask_topic", "unsure"]),
    confidence=st.floats(0, 1),
    topics=TOPICS,
    further_topics=TOPICS,
    nearby=TOPICS,
    concerns=st.lists(CONCERNS, max_size=2).map(tuple),
    clarify=st.none() | st.sampled_from([category.value for category in Category]),
    uncovered=st.booleans(),
    detector_version=st.just("abc+def"),
)


@given(READINGS)
def test_a_reading_comes_back_from_json(reading: Reading) -> None:
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


@given(READINGS)
def test_the_whole_reading_travels_in_the_parse_data(reading: Reading) -> None:
    data = json.loads(json.dumps(to_parse_data(reading)))
    assert Reading.from_dict(data[READING_KEY]) == reading
    assert data["text"] == reading.text
    assert data["intent"] == {"name": reading.intent, "confidence": reading.confidence}
    assert data["intent_ranking"] == [data["intent"]]


def test_a_question_selects_the_response_of_its_first_topic() -> None:
    data = to_parse_data(Reading("wine and sun", "faq", 0.9, topics=("alcohol", "sun_sensitivity")))
    assert data["entities"] == []
    assert data["response_selector"]["all_retrieval_intents"] == ["faq"]
    response = data["response_selector"]["faq"]["response"]
    assert response["intent_response_key"] == "faq/alcohol"
    assert response["utter_action"] == "utter_faq/alcohol"


def test_a_topic_button_carries_its_topic_as_an_entity() -> None:
    data = to_parse_data(Reading("Alcohol", "ask_topic", 1.0, topics=("alcohol",)))
    assert data["entities"] == [{"entity": "topic", "value": "alcohol"}]


def test_small_talk_selects_no_response() -> None:
    assert "response_selector" not in to_parse_data(Reading("hello", "greet", 0.9))


def test_the_strongest_concern_is_the_first() -> None:
    concern = Concern(Category.MOOD, 2, 0, 3, "low", "why", 0.9)
    assert Reading("low", "concern_mood", 0.9, concerns=(concern,)).concern is concern
    assert Reading("hi", "greet", 0.9).concern is None
