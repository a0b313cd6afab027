"""What a patient reads when Rasa gave no answer: true sentences only. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.cases.domain import Case
from bot.conversations.values import Draft
from bot.replies.words import Said
from bot.understanding.labels import ASK_TOPIC, CLARIFY_CONCERN, NOT_IN_SOURCE
from bot.understanding.reading import Reading

Speak = Callable[[Reading], Said]

APOLOGY: Final = (
    "I'm sorry, something went wrong on my side and I can't answer this right now. "
    "Your message is saved. Please try again in a minute."
)
NOTHING_MORE: Final = (
    "I'm sorry, something went wrong on my side and I can't say more right now. Please try again in a minute."
)
CALL_TOO: Final = "If it can't wait, please call the clinic."

# What can be said rightly without knowing the dialogue. The rest would be a guess.
ANSWERABLE: Final = frozenset({"faq", ASK_TOPIC, NOT_IN_SOURCE, CLARIFY_CONCERN})


def case_notice(cases: Sequence[Case]) -> Draft:
    """Says that the message is where clinicians see it. Only for cases that are committed, at least one."""
    references = " and ".join(case.reference for case in cases)
    label = "reference" if len(cases) == 1 else "references"
    return Draft(
        "case_notice",
        f"Your message is on your clinic's care desk ({label} {references}). {CALL_TOO}",
        concern=cases[0].category,
    )


def replies_without_rasa(reading: Reading, cases: Sequence[Case], speak: Speak) -> list[Draft]:
    """The replies to one message, at least one. `cases` are the unresolved ones that this message is about."""
    replies = [case_notice(cases)] if cases else []
    said = speak(reading) if reading.concerns or reading.intent in ANSWERABLE else Said("")
    if said.text:
        replies.append(Draft("answer", said.text, buttons=said.buttons, topics=reading.topics))
    else:
        replies.append(Draft("apology", NOTHING_MORE if cases else APOLOGY))
    return replies
