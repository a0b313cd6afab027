"""Facts, answers and citations. Pure: no Rasa, no SQL, no HTTP.

The content check lives in bot.content.checker and bot.content.coverage; serving a patient never needs it.
"""

from bot.content.answers import Answer, AnswerBook
from bot.content.citations import Citation, Rendered, cited_ids, number_citations, strip_ids
from bot.content.compose import compose_answer, not_covered, personal_dose
from bot.content.errors import ContentError, UnknownTopic
from bot.content.facts import Fact, FactBook, Source

__all__ = [
    "Answer",
    "AnswerBook",
    "Citation",
    "ContentError",
    "Fact",
    "FactBook",
    "Rendered",
    "Source",
    "UnknownTopic",
    "cited_ids",
    "compose_answer",
    "not_covered",
    "number_citations",
    "personal_dose",
    "strip_ids",
]
