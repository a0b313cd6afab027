"""A reading in the shape that Rasa calls parse data.

Rasa's graph component writes it for `rasa shell` and `rasa test`; the front door hands it over with each turn,
so that a message is read once.
"""

from __future__ import annotations

from typing import Any

from bot.understanding.labels import ASK_TOPIC, FAQ, is_topic, label_of
from bot.understanding.reading import Reading

READING_KEY = "reading"


def to_parse_data(reading: Reading) -> dict[str, Any]:
    """Intent, entities, response-selector output and the whole reading under `reading`."""
    intent = {"name": reading.intent, "confidence": reading.confidence}
    data: dict[str, Any] = {
        "text": reading.text,
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [],
        READING_KEY: reading.to_dict(),
    }
    if reading.intent == ASK_TOPIC:
        data["entities"] = [{"entity": "topic", "value": topic} for topic in reading.topics]
    if reading.topics:
        data["response_selector"] = _response_selector(reading)
    return data


def _response_selector(reading: Reading) -> dict[str, Any]:
    lead = label_of(reading.topics[0])
    assert is_topic(lead)
    response = {
        "responses": [],
        "confidence": reading.confidence,
        "intent_response_key": lead,
        "utter_action": f"utter_{lead}",
    }
    return {
        "all_retrieval_intents": [FAQ],
        FAQ: {"response": response, "ranking": []},
    }
