"""A stored message as a patient is to see it, before a channel gives it its own form. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.content.citations import Citation, number_citations
from bot.content.facts import FactBook
from bot.conversations.values import Button, Message

FROM_CLINIC: Final = "From your clinic"
SOURCES: Final = "Sources"


@dataclass(frozen=True)
class Shown:
    """Plain text throughout: nothing is escaped, and numbers in brackets stand for `sources`.

    `heading` is empty but for a clinician's message. `sources` are lines such as `MedlinePlus: [1, 3] Precautions`.
    """

    heading: str
    text: str
    sources: tuple[str, ...]
    buttons: tuple[Button, ...]


def shown(message: Message, facts: FactBook) -> Shown:
    """Only our own texts carry fact ids; what a clinician or a patient put in brackets is left as written."""
    if message.author != "assistant":
        return Shown(_heading(message), message.text, (), message.buttons)
    rendered = number_citations(message.text, facts)
    return Shown("", rendered.text, source_lines(rendered.citations), message.buttons)


def _heading(message: Message) -> str:
    if message.author != "clinician":
        return ""
    role = str(message.custom.get("role", ""))
    return f"{FROM_CLINIC}: {role}" if role else FROM_CLINIC


def source_lines(citations: Sequence[Citation]) -> tuple[str, ...]:
    """One line a source, its sections with their numbers in the order of first mention."""
    sources: dict[str, dict[str, list[int]]] = {}
    for citation in citations:
        sources.setdefault(citation.source, {}).setdefault(citation.section, []).append(citation.number)
    return tuple(
        f"{source}: "
        + "; ".join(f"[{', '.join(map(str, numbers))}] {section}" for section, numbers in sections.items())
        for source, sections in sources.items()
    )
