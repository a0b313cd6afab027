"""`python -m bot chat`: talk in the terminal. Nothing is stored and nobody is told; it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands.understand import Understanding
from bot.content import number_citations
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.replies import Said
from bot.settings import Settings
from bot.understanding import Context, Reading
from bot.understanding.hints import choices_of, hints_of, last_question_of, worries_of
from bot.understanding.labels import UNSURE

WELCOME = (
    "Ask me about isotretinoin. This is a terminal: nothing is stored and no clinic is told. "
    "A number picks a quick reply; an empty line ends."
)
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
        """One turn; raises TextEmpty and TextTooLong."""
        reading = self._read(line)
        said = self.understanding.replies.to(reading, self.context, self.last_said)
        text = self._text(reading, said)
        self.buttons = said.buttons
        self.readings = (*self.readings, reading)
        self.context = _next(self.context, self.readings, said.buttons)
        self.last_said = text
        return text

    def _read(self, line: str) -> Reading:
        if line.isdigit() and 0 < int(line) <= len(self.buttons):
            title, payload = self.buttons[int(line) - 1]
            return self.understanding.reader.read_payload(payload, title)
        return self.understanding.reader.read(clean_text(line), self.context)

    def _text(self, reading: Reading, said: Said) -> str:
        parts = [self.understanding.reply(reading) if reading.concerns else said.text]
        if reading.concerns:
            parts.append(NOBODY_TOLD.format(", ".join(c.category.value for c in reading.concerns)))
        return "\n\n".join(parts)


def run(settings: Settings) -> None:
    """Until an empty line or the end of input."""
    conversation = Conversation(Understanding(settings))
    facts = conversation.understanding.replies.words.facts
    print(WELCOME)
    while True:
        try:
            line = input("\nyou> ").strip()
        except (EOFError, KeyboardInterrupt):
            break
        if not line:
            break
        try:
            rendered = number_citations(conversation.answer(line), facts)
        except (TextEmpty, TextTooLong) as refused:
            print(refused)
            continue
        print(f"\n{rendered.text}")
        for citation in rendered.citations:
            print(f"  [{citation.number}] {citation.source}, {citation.section}")
        for number, (title, _) in enumerate(conversation.buttons, start=1):
            print(f"  ({number}) {title}")


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
