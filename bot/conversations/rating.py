"""Did the answer help? When patients are asked, with which buttons, and what a press says. Pure.

Two quick replies under an answer, so that every channel has them. A press is no question: it runs no turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from bot.cases.domain import Case
from bot.conversations.values import Draft, Message
from bot.understanding.labels import ASK_TOPIC, FAQ, FOLLOW_UP
from bot.understanding.reading import Reading

RATE: Final = "rate"
RATED: Final = "rates"
"""In a press's `custom`: the id of the answer that it is about."""

HELPED: Final = ("This helped", '/rate{"helpful": true}')
MISSED: Final = ("Not what I asked", '/rate{"helpful": false}')
ASK_CLINIC: Final = ("Ask my clinic", "/request_human")

THANKS: Final = "Thank you for telling me."
SORRY: Final = (
    "Thank you for telling me, and I'm sorry that I missed your point. You can ask me again in other words. "
    "Or I can pass your question to your clinic."
)
NOTICE: Final = "rating"

PAUSE: Final = 3
"""At most every third answer asks."""

GRAVE_TOPICS: Final = frozenset({"mood_education", "pregnancy_education", "serious_side_effects"})
"""What is also read by people whom it has happened to: nobody is asked how they liked that."""

_ANSWERED: Final = frozenset({FAQ, ASK_TOPIC, FOLLOW_UP})
_PAYLOAD: Final = re.compile(r'/rate\{"helpful": (true|false)\}')


def helpful_of(payload: str) -> bool | None:
    """What a rating button says; None for any other button."""
    found = _PAYLOAD.fullmatch(payload)
    return None if found is None else bool(json.loads(found[1]))


def thanks(helpful: bool) -> Draft:
    """What the patient reads after a press. Nothing is passed on by it: the button asks first."""
    if helpful:
        return Draft("notice", THANKS, custom={"notice": NOTICE})
    return Draft("notice", SORRY, buttons=(ASK_CLINIC,), custom={"notice": NOTICE})


def with_rating(
    drafts: Sequence[Draft], reading: Reading | None, cases: Sequence[Case], recent: Sequence[Message]
) -> list[Draft]:
    """The replies of a turn, the last one with the two buttons where it is the moment to ask.

    `cases`: the conversation's unresolved ones. `recent`: its latest messages before these replies, oldest first.
    Asked is under a plain answer only: not beside a concern or an open case, a question back, a form, a refusal, an
    offer of the clinic or a grave subject, and after asking once not under the next two answers.
    """
    replies = list(drafts)
    if cases or not _is_plain_answer(replies, reading) or answers_since_asked(recent) < PAUSE - 1:
        return replies
    last = replies[-1]
    return [*replies[:-1], replace(last, buttons=(*last.buttons, HELPED, MISSED))]


def answers_since_asked(recent: Sequence[Message]) -> int:
    """How many messages of the patient were answered on a topic since they were last asked; PAUSE when never."""
    answered: set[UUID | None] = set()
    for message in reversed(recent):
        if message.kind != "answer":
            continue
        if any(helpful_of(button.payload) is not None for button in message.buttons):
            return len(answered)
        if message.topics:
            answered.add(message.in_reply_to)
    return PAUSE


def is_rating(message: Message) -> bool:
    """Whether a patient's message is a press of one of the two buttons."""
    return RATED in message.custom


def _is_plain_answer(drafts: Sequence[Draft], reading: Reading | None) -> bool:
    if reading is None or reading.intent not in _ANSWERED or not reading.topics:
        return False
    if reading.concerns or reading.clarify is not None or reading.uncovered or reading.language is not None:
        return False
    if GRAVE_TOPICS & {*reading.topics, *reading.further_topics}:
        return False
    return bool(drafts) and all(
        draft.kind == "answer"
        and "asks" not in draft.custom
        and all(payload.startswith(f"/{ASK_TOPIC}") for _, payload in draft.buttons)
        for draft in drafts
    )
