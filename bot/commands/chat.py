"""`python -m bot chat`: talk in the terminal. Nothing is stored and nobody is told; it says so."""

from __future__ import annotations

from bot.commands.conversation import Conversation
from bot.commands.understanding import Understanding
from bot.content import number_citations
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.settings import Settings

WELCOME = (
    "Ask me about isotretinoin. This is a terminal: nothing is stored and no clinic is told. "
    "A number picks a quick reply; an empty line ends."
)


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
