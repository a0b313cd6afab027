"""Why did this page me? What the case's trail says of it, next to the words of the message as they are stored. Pure.

The trail quotes nothing. Where the patient has had the conversation deleted, the reasons stay and the words are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.cases.domain import Event
from bot.conversations.values import Message
from bot.gateway.desk.view import Moment
from bot.understanding.explanation import Explanation, Words, percent

_KINDS = ("opened", "cue_added")


@dataclass(frozen=True)
class Quoted:
    """Why something counted or did not, and the words that it is about; empty when they are deleted."""

    about: str
    words: str


@dataclass(frozen=True)
class Reasons:
    """One message's part in a case. The message is `before`, `marked`, `after`; all empty when it is deleted."""

    at: Moment
    detector: str
    summary: str
    before: str
    marked: str
    after: str
    rules: tuple[Quoted, ...]
    figures: tuple[str, ...]
    """How sure the classifier was, and what else it thought, a line each."""
    nearest: tuple[str, ...]
    context: tuple[str, ...]
    neutralisers: tuple[Quoted, ...]


def reasons(events: Sequence[Event], messages: Sequence[Message]) -> list[Reasons]:
    """One for each message that the case was opened for or that added to it, oldest first."""
    texts = {message.id: message.text for message in messages}
    found = []
    for event in events:
        explanation = _explanation(event.details.get("explanation"))
        if event.kind in _KINDS and explanation is not None:
            text = texts.get(event.message_id, "") if event.message_id is not None else ""
            found.append(_reasons(event, explanation, text))
    return found


def _explanation(stored: object) -> Explanation | None:
    """None also for one that another version stored in another shape: the case must open all the same."""
    if not isinstance(stored, Mapping):
        return None
    try:
        return Explanation.from_dict(stored)
    except (KeyError, TypeError, ValueError):
        return None


def _reasons(event: Event, explanation: Explanation, text: str) -> Reasons:
    start, end = explanation.start, explanation.end
    return Reasons(
        at=Moment.of(event.at),
        detector=str(event.details.get("detector_version", "")),
        summary=explanation.summary,
        before=text[:start],
        marked=text[start:end],
        after=text[end:],
        rules=tuple(_quoted(words, text) for words in explanation.rules),
        figures=tuple(_figures(explanation)),
        nearest=explanation.nearest,
        context=explanation.context,
        neutralisers=tuple(_quoted(words, text) for words in explanation.neutralisers),
    )


def _quoted(words: Words, text: str) -> Quoted:
    return Quoted(words.about, text[words.start : words.end])


def _figures(explanation: Explanation) -> list[str]:
    lines = []
    if explanation.classifier is not None:
        lines.append(f"The classifier by itself: {percent(explanation.classifier)} for this concern.")
    if explanation.others:
        others = ", ".join(f"{other.subject} {percent(other.probability)}" for other in explanation.others)
        lines.append(f"It also considered: {others}.")
    return lines
