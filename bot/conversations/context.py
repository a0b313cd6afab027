"""What the latest messages say about how to read the next one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from bot.conversations.rating import ASK_CLINIC, RATE, helpful_of, is_rating
from bot.conversations.rating import NOTICE as THANKED
from bot.conversations.values import RETURNED, Message
from bot.understanding.hints import choices_of, hints_of, last_question_of, worries_of
from bot.understanding.labels import UNSURE
from bot.understanding.reading import Context, Reading


def context_of(messages: Sequence[Message]) -> Context:
    """From a conversation's latest messages, oldest first.

    Something that the assistant asked is pending only until the patient's next message, and only when it was really
    asked: the answer to the patient's last message is there, and no clinician has spoken since. What was said before
    the assistant came back from a clinician's hold leaves doubts and worries, but no subject to lean on.
    A press that rates an answer changes nothing of that; after "not what I asked" the clinic has been offered.
    """
    everything = _readings([message for message in messages if not is_rating(message)])
    messages = _since_return(messages)
    patient = [message for message in messages if message.author == "patient"]
    context = _context([message for message in messages if not is_rating(message)], everything)
    if patient and is_rating(patient[-1]) and patient[-1].custom.get(RATE) is False:
        return replace(context, offered_clinic=True, offers=(*context.offers, ASK_CLINIC))
    return context


def _context(messages: Sequence[Message], everything: Sequence[Reading]) -> Context:
    """`everything`: also the readings from before the assistant came back."""
    patient = [message for message in messages if message.author == "patient"]
    answers = [message for message in messages if message.kind == "answer"]
    readings = _readings(messages)
    replies = [message for message in answers if patient and message.in_reply_to == patient[-1].id]
    newest = list(takewhile(lambda message: message.author != "patient", reversed(messages)))
    if any(message.author == "clinician" for message in newest):
        replies = []
    last = patient[-1].reading if replies else None
    return Context(
        last_topics=next((message.topics for message in reversed(answers) if message.topics), ()),
        last_question=last_question_of(readings),
        pending_clarification=last.clarify if last is not None else None,
        awaiting_contact=any(reply.custom.get("asks") == "contact" for reply in replies),
        hints=hints_of(everything),
        asked_back=last is not None and last.intent == UNSURE,
        offered_clinic=last is not None and last.offers_clinic,
        last_text=readings[-1].text if readings else "",
        last_intent=readings[-1].intent if readings else "",
        answered=last is not None and not any(map(_of_a_hand_over, newest)),
        choices=choices_of(readings),
        offers=tuple(
            (button.title, button.payload)
            for reply in replies
            for button in reply.buttons
            if helpful_of(button.payload) is None
        ),
        worries=worries_of(everything),
    )


def _readings(messages: Sequence[Message]) -> list[Reading]:
    return [
        message.reading for message in messages if message.author == "patient" and message.reading is not None
    ]


def _of_a_hand_over(message: Message) -> bool:
    """A notice that may say that a clinician is there: from then on nobody is asked anything."""
    return message.kind == "notice" and message.custom.get("notice", THANKED) != THANKED


def _since_return(messages: Sequence[Message]) -> Sequence[Message]:
    """What came after the latest notice that the assistant is back; everything where there is none."""
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].kind == "notice" and messages[place].custom.get("notice") == RETURNED:
            return messages[place + 1 :]
    return messages
