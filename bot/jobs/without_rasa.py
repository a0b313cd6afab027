"""What a patient reads when Rasa gave no answer: true sentences only. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.cases.domain import Case
from bot.conversations.values import Draft
from bot.replies.words import Said
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    FAQ,
    NOT_IN_SOURCE,
    OTHER_LANGUAGE,
    PERSONAL_DOSE,
    UNSURE,
)
from bot.understanding.reading import Reading

Speak = Callable[[Reading], Said]

APOLOGY: Final = (
    "I'm sorry, something went wrong on my side and I can't answer this right now. "
    "Your message is saved. Please try again in a minute."
)
DO_NOT_WAIT: Final = (
    "I can't say when somebody will read it, so please don't wait for an answer here before you get help."
)

# What can be said rightly without knowing the dialogue. The rest would be a guess.
ANSWERABLE: Final = frozenset(
    {
        FAQ,
        ASK_TOPIC,
        NOT_IN_SOURCE,
        PERSONAL_DOSE,
        UNSURE,
        OTHER_LANGUAGE,
        CLARIFY_CONCERN,
        "is_anyone_reading",
        "are_you_a_bot",
        "are_you_a_doctor",
    }
)


def case_notice(cases: Sequence[Case]) -> Draft:
    """Says that the message is where clinicians see it. Only for cases that are committed, at least one."""
    references = " and ".join(case.reference for case in cases)
    label = "reference" if len(cases) == 1 else "references"
    return Draft(
        "case_notice",
        f"Your message is on your clinic's care desk ({label} {references}). {DO_NOT_WAIT}",
        concern=cases[0].category,
    )


def replies_without_rasa(reading: Reading, cases: Sequence[Case], speak: Speak) -> list[Draft]:
    """The replies to one message, at least one. `cases` are the unresolved ones that this message is about."""
    replies = [case_notice(cases)] if cases else []
    said = Said("")
    if reading.concerns or reading.intent in ANSWERABLE:
        said = speak(reading)
    elif reading.clarify is not None:  # a doubt beside what only the dialogue can answer
        said = speak(replace(reading, intent=CLARIFY_CONCERN))
    if said.text:
        replies.append(Draft("answer", said.text, buttons=said.buttons, topics=reading.topics))
    return replies or [Draft("apology", APOLOGY)]
