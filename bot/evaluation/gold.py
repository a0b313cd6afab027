"""Messages with the judgement that people gave them, as JSON Lines. tests/data/README.md explains each field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import AssistantError
from bot.safety.categories import Category

NO_CONCERN: Final = "none"
TIERS: Final = (1, 2, 3)
_CONCERNS: Final = (*(category.value for category in Category), NO_CONCERN)


class GoldError(AssistantError):
    """A file or a line that cannot be used. Names file, line and field, never what the message says."""


@dataclass(frozen=True)
class Gold:
    """`topics` and `concern` are None where nobody judged them: no measure that needs them counts the message."""

    id: str
    text: str
    topics: tuple[str, ...] | None = None
    concern: str | None = None
    tier: int | None = None
    also_ok: tuple[str, ...] = ()
    also_concern: tuple[str, ...] = ()
    also_tier: tuple[int, ...] = ()
    slices: tuple[str, ...] = ()
    of: str | None = None
    """The clean message that this one spells worse."""
    kind: str | None = None
    """In what way it does."""
    language: str | None = None

    @property
    def accepted(self) -> frozenset[str]:
        """Every topic that may be answered."""
        return frozenset((*(self.topics or ()), *self.also_ok))

    @property
    def accepted_concerns(self) -> frozenset[str]:
        """Every category that a case may be opened for."""
        own = () if self.concern in (None, NO_CONCERN) else (self.concern,)
        return frozenset((*own, *self.also_concern))

    @property
    def plain(self) -> bool:
        """Nobody has to be called, as far as is known."""
        return self.concern in (None, NO_CONCERN)

    @property
    def worrying(self) -> bool:
        """A concern other than the wish for a person."""
        return not self.plain and self.concern != Category.HUMAN.value


@dataclass(frozen=True)
class GoldConversation:
    """The patient's side of a conversation, turn by turn."""

    id: str
    turns: tuple[Gold, ...]


@dataclass(frozen=True)
class GoldFile:
    """What a file holds: single messages, conversations, or both."""

    messages: tuple[Gold, ...]
    conversations: tuple[GoldConversation, ...]


def read_gold(path: Path) -> GoldFile:
    """Every line of a file. A line with `turns` is a conversation.

    Raises:
        GoldError: no such file, or a line with a field that is missing or of another kind.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(
            f"{path} cannot be read ({type(error).__name__}): give a UTF-8 JSON Lines file"
        ) from error
    messages: list[Gold] = []
    conversations: list[GoldConversation] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = _Fields(_object(path, number, line), f"{path}, line {number}")
        if "turns" in fields:
            conversations.append(_conversation(fields))
        else:
            messages.append(_gold(fields, fields.identity()))
    return GoldFile(tuple(messages), tuple(conversations))


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise GoldError(f"{path}, line {number} is not JSON: write one object a line") from error
    if not isinstance(found, dict):
        raise GoldError(f"{path}, line {number} is no JSON object: write one with id and text a line")
    return found


def _conversation(fields: _Fields) -> GoldConversation:
    own = fields.identity()
    turns = fields.objects("turns")
    return GoldConversation(own, tuple(_gold(turn, f"{own}/{n}") for n, turn in enumerate(turns, start=1)))


def _gold(fields: _Fields, identity: str) -> Gold:
    return Gold(
        id=identity,
        text=fields.required_text("text"),
        topics=fields.names("topics"),
        concern=fields.concern("concern"),
        tier=fields.tier("tier"),
        also_ok=fields.names("also_ok") or (),
        also_concern=fields.names("also_concern", _CONCERNS) or (),
        also_tier=fields.tiers("also_tier"),
        slices=fields.names("slice") or (),
        of=fields.text("of"),
        kind=fields.text("kind"),
        language=fields.text("language"),
    )


class _Fields:
    """One JSON object, and where it stands."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self._values = values
        self._place = place

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def identity(self) -> str:
        found = self._values.get("id")
        if not isinstance(found, (str, int)) or isinstance(found, bool):
            raise self._wrong("id", "a text or a number")
        return str(found)

    def text(self, name: str) -> str | None:
        found = self._values.get(name)
        if found is not None and not isinstance(found, str):
            raise self._wrong(name, "a text")
        return found

    def required_text(self, name: str) -> str:
        found = self.text(name)
        if found is None:
            raise self._wrong(name, "a text")
        return found

    def names(self, name: str, known: Iterable[str] = ()) -> tuple[str, ...] | None:
        found = self._values.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self._wrong(name, "a list of texts")
        if known and not set(found) <= set(known):
            raise self._wrong(name, f"a list of {', '.join(known)}")
        return tuple(found)

    def concern(self, name: str) -> str | None:
        found = self._values.get(name)
        if found is not None and found not in _CONCERNS:
            raise self._wrong(name, f"one of {', '.join(_CONCERNS)}")
        return found

    def tier(self, name: str) -> int | None:
        found = self._values.get(name)
        if found is not None and found not in TIERS:
            raise self._wrong(name, "1, 2, 3 or null")
        return found

    def tiers(self, name: str) -> tuple[int, ...]:
        found = self._values.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(item in TIERS for item in found):
            raise self._wrong(name, "a list of 1, 2 and 3")
        return tuple(found)

    def objects(self, name: str) -> list[_Fields]:
        found = self._values.get(name)
        if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
            raise self._wrong(name, "a list of objects, one a turn")
        return [_Fields(item, f"{self._place}, turn {n}") for n, item in enumerate(found, start=1)]

    def _wrong(self, name: str, expected: str) -> GoldError:
        return GoldError(f"{self._place}: `{name}` is missing or wrong: it must be {expected}")
