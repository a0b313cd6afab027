"""A conversation without any server: nothing is stored and nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commands.understanding import Understanding, result_of
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.understanding import Context, Reading
from bot.understanding.hints import choices_of, hints_of, last_question_of, worries_of
from bot.understanding.labels import UNSURE

NOBODY_TOLD = (
    "(In this terminal nobody is told. In the running assistant a case would now be on the care desk: {}.)"
)


@dataclass
class Conversation:
    """The state of one chat: what the next message is read against."""

    understanding: Understanding
    context: Context = Context()
    readings: tuple[Reading, ...] = ()
    last_said: str = ""
    buttons: tuple[tuple[str, str], ...] = ()

    def answer(self, line: str) -> str:
        """One turn, as the terminal shows it; raises TextEmpty and TextTooLong."""
        reading, text = self._turn(line)
        if not reading.concerns:
            return text
        told = NOBODY_TOLD.format(", ".join(concern.category.value for concern in reading.concerns))
        return f"{text}\n\n{told}"

    def result(self, line: str) -> dict[str, Any]:
        """One turn as `python -m bot understand` writes it. A text that is refused changes nothing."""
        try:
            return result_of(*self._turn(line))
        except (TextEmpty, TextTooLong) as refused:
            return result_of(Reading("", UNSURE, 0.0), str(refused))

    def _turn(self, line: str) -> tuple[Reading, str]:
        reading = self._read(line)
        said = self.understanding.replies.to(reading, self.context, self.last_said)
        text = self.understanding.reply(reading) if reading.concerns else said.text
        self.buttons = said.buttons
        self.readings = (*self.readings, reading)
        self.context = _next(self.context, self.readings, said.buttons)
        self.last_said = text
        return reading, text

    def _read(self, line: str) -> Reading:
        if line.isdigit() and 0 < int(line) <= len(self.buttons):
            title, payload = self.buttons[int(line) - 1]
            return self.understanding.reader.read_payload(payload, title, self.context)
        return self.understanding.reader.read(clean_text(line), self.context)


def _next(context: Context, readings: Sequence[Reading], buttons: Sequence[tuple[str, str]] = ()) -> Context:
    reading = readings[-1]
    following = replace(
        context,
        pending_clarification=reading.clarify,
        hints=hints_of(readings),
        asked_back=reading.intent == UNSURE,
        offered_clinic=reading.offers_clinic,
        last_question=last_question_of(readings),
        last_text=reading.text,
        last_intent=reading.intent,
        choices=choices_of(readings),
        offers=tuple(buttons),
        worries=worries_of(readings),
    )
    return replace(following, last_topics=reading.topics) if reading.topics else following
