"""Conversations written down as YAML: what a patient does, and what must come of it. Format: docs/testing.md."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from bot.cases.domain import Case
from bot.safety.categories import Category

CASE_FIELDS: Final = frozenset({"category", "tier", "phone", "email", "evidence"})
_MOVES: Final = ("patient", "presses", "first_in_doubt")
_LISTS: Final = ("answers", "cites", "says", "never_says", "offers", "refused")
_RAW_ID: Final = re.compile(r"\[[AM]\d+")
_NUMBERS: Final = re.compile(r"\[(\d+(?:, \d+)*)\]")
_INTERNAL: Final = re.compile(r"utter_|action_|faq/|/ask_topic|\{[a-z_]+\}")


class ConversationFileError(ValueError):
    """A file that is not written as docs/testing.md says; the text names the file, the turn and the problem."""


@dataclass(frozen=True)
class Turn:
    """One move of the patient and what is expected of it. A None expects nothing.

    `first_in_doubt` picks the text that the reader asks back about, whatever its thresholds are today.
    """

    patient: str | None = None
    times: int = 1
    presses: str | None = None
    first_in_doubt: Sequence[str] | None = None
    about: str | None = None
    answers: Sequence[str] | None = None
    cites: Sequence[str] = ()
    says: Sequence[str] = ()
    never_says: Sequence[str] = ()
    offers: Sequence[str] = ()
    refused: Sequence[str] | None = None
    case: Mapping[str, Any] | None = None
    cases: int | None = None
    no_case: bool = False

    @property
    def move(self) -> str:
        return str(self.presses or self.patient or self.about)[:60]


@dataclass(frozen=True)
class Outcome:
    """What came of a turn: the assistant's new messages, the conversation's cases, or the refusal's words."""

    replies: Sequence[Mapping[str, Any]]
    cases: Sequence[Case]
    refusal: str | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(str(reply["text"]) for reply in self.replies)


def load_conversation(path: Path) -> list[Turn]:
    """The turns of a file. Raises ConversationFileError."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConversationFileError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    turns = data.get("turns") if isinstance(data, dict) else None
    if not isinstance(turns, list) or not turns:
        raise ConversationFileError(f"{path.name}: expected `turns:` with a list")
    return [_turn(f"{path.name}, turn {number}", turn) for number, turn in enumerate(turns, start=1)]


def _turn(where: str, data: Any) -> Turn:
    known = {field.name for field in fields(Turn)}
    if not isinstance(data, dict) or sum(move in data for move in _MOVES) != 1:
        raise ConversationFileError(f"{where}: needs one of {', '.join(_MOVES)}")
    if unknown := set(data) - known:
        raise ConversationFileError(
            f"{where}: unknown key {sorted(unknown)[0]!r}; known: {', '.join(sorted(known))}"
        )
    if set(data) <= {*_MOVES, "times", "about"}:
        raise ConversationFileError(f"{where}: expects nothing: say what must come of it")
    for name in _LISTS:
        if name in data and not isinstance(data[name], list):
            raise ConversationFileError(f"{where}: {name} must be a list")
    case = data.get("case")
    if case is not None and (not isinstance(case, dict) or "category" not in case or set(case) - CASE_FIELDS):
        raise ConversationFileError(
            f"{where}: case needs category and may have {', '.join(sorted(CASE_FIELDS))}"
        )
    if case is not None and case["category"] not in {category.value for category in Category}:
        raise ConversationFileError(f"{where}: unknown category {case['category']!r}")
    return Turn(**data)


def problems_of(turn: Turn, outcome: Outcome) -> list[str]:
    """What is not as it should be, one line each; what must hold in every turn is looked at too."""
    if turn.refused is not None or outcome.refusal is not None:
        return _refusal_problems(turn, outcome.refusal)
    said, found = _plain(outcome.text), [*_always(outcome)]
    topics = list(dict.fromkeys(topic for reply in outcome.replies for topic in reply["topics"]))
    if turn.answers is not None and topics != list(turn.answers):
        found.append(f"answers {topics}, not {list(turn.answers)}")
    cited = {citation["fact"] for reply in outcome.replies for citation in reply["citations"]}
    found += [f"does not cite {fact}" for fact in turn.cites if fact not in cited]
    found += [f"does not say {phrase!r}" for phrase in turn.says if _plain(phrase) not in said]
    found += [f"says {phrase!r}" for phrase in turn.never_says if _plain(phrase) in said]
    offered = {button["title"] for reply in outcome.replies for button in reply["buttons"]}
    found += [
        f"does not offer {title!r} but {sorted(offered)}" for title in turn.offers if title not in offered
    ]
    return found + _case_problems(turn, outcome.cases)


def _refusal_problems(turn: Turn, refusal: str | None) -> list[str]:
    if refusal is None:
        return ["was not refused"]
    if turn.refused is None:
        return [f"was refused: {refusal}"]
    return [f"refused without {phrase!r}" for phrase in turn.refused if _plain(phrase) not in _plain(refusal)]


def _case_problems(turn: Turn, cases: Sequence[Case]) -> list[str]:
    opened = [(case.category, case.tier) for case in cases]
    if turn.no_case and cases:
        return [f"there are cases: {opened}"]
    if turn.cases is not None and len(cases) != turn.cases:
        return [f"there are {len(cases)} cases, not {turn.cases}: {opened}"]
    if turn.case is None:
        return []
    held = {"phone": "contact_phone", "email": "contact_email"}
    for case in cases:
        if case.category == turn.case["category"]:
            return [
                f"the case has {name} {getattr(case, held.get(name, name))!r}, not {wanted!r}"
                for name, wanted in turn.case.items()
                if getattr(case, held.get(name, name)) != wanted
            ]
    return [f"no case in {turn.case['category']} but {opened}"]


def _always(outcome: Outcome) -> list[str]:
    """What holds whatever was said: there is an answer, citations resolve, nothing internal shows, claims are true."""
    found = [] if outcome.replies else ["there is no answer"]
    for reply in outcome.replies:
        text = str(reply["text"])
        if not text.strip() or _INTERNAL.search(text) or _RAW_ID.search(text):
            found.append(f"shows what it should not: {text[:80]!r}")
        numbers = {int(number) for group in _NUMBERS.findall(text) for number in group.split(", ")}
        if numbers != {citation["number"] for citation in reply["citations"]}:
            found.append(f"numbers and citations differ: {text[:80]!r}")
    if "has been told" in outcome.text and not outcome.cases:
        found.append("claims that the clinic was told, but there is no case")
    return found


def _plain(text: str) -> str:
    """For comparing: lower case, one kind of white space and of apostrophe."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").lower().split())


def text_in_doubt(texts: Sequence[str], about: str, doubt_of: Callable[[str], str | None]) -> str:
    """The first text that is read as a doubt about a category."""
    for text in texts:
        if doubt_of(text) == about:
            return text
    raise AssertionError(f"none of these is in doubt about {about} any more, add another: {list(texts)}")
