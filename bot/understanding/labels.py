"""The labels a message can carry: topics, concerns and the moves of small talk and dialogue."""

from __future__ import annotations

from typing import Final

FAQ: Final = "faq"
TOPIC_PREFIX: Final = FAQ + "/"
NOT_IN_SOURCE: Final = "not_in_source"
PERSONAL_DOSE: Final = "personal_dose"
OUT_OF_SCOPE: Final = "out_of_scope"
SHARE_UPDATE: Final = "share_update"
FOLLOW_UP: Final = "follow_up"
PROVIDE_CONTACT: Final = "provide_contact"
REQUEST_HUMAN: Final = "request_human"

# Learned, but no intent of a message: a sentence beside others that tells something and asks nothing.
ASIDE: Final = "aside"

# Made by the reader, never learned.
UNSURE: Final = "unsure"
OTHER_LANGUAGE: Final = "other_language"
CLARIFY_CONCERN: Final = "clarify_concern"
ASK_TOPIC: Final = "ask_topic"

CONCERNS: Final = (
    "concern_suicidal",
    "concern_pregnancy",
    "concern_serious_side_effect",
    "concern_mood",
    REQUEST_HUMAN,
)

DOSAGE: Final = "dosage"
"""The topic that answers a wish for a personal dose: how doses are set, in general."""

EDUCATION: Final = {
    "concern_suicidal": "mood_education",
    "concern_mood": "mood_education",
    "concern_pregnancy": "pregnancy_education",
    "concern_serious_side_effect": "serious_side_effects",
}
"""What a patient reads who says "just in general", and what a question after a case is about."""


def is_topic(label: str) -> bool:
    return label.startswith(TOPIC_PREFIX)


def topic_of(label: str) -> str:
    """`faq/alcohol` -> `alcohol`."""
    return label[len(TOPIC_PREFIX) :]


def label_of(topic: str) -> str:
    """`alcohol` -> `faq/alcohol`."""
    return TOPIC_PREFIX + topic
