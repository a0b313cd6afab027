"""Is the trail whole: numbers without gaps, seals that fit, each entry sealed onto the one before? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.audit.domain import GENESIS, StoredEntry

_ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{64})")


@dataclass(frozen=True, order=True)
class Anchor:
    """An entry's number and seal, as somebody has kept them outside the database."""

    number: int
    seal: bytes

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """From `NUMBER:SEAL`, the seal as 64 hexadecimal digits. Raises ValueError."""
        match = _ANCHOR.fullmatch(text.strip())
        if match is None:
            raise ValueError("a seal is written as NUMBER:SEAL, the seal with 64 hexadecimal digits")
        return cls(int(match[1]), bytes.fromhex(match[2]))

    @classmethod
    def of(cls, stored: StoredEntry) -> Anchor:
        return cls(stored.number, stored.seal)

    def __str__(self) -> str:
        return f"{self.number}:{self.seal.hex()}"


@dataclass(frozen=True)
class Fault:
    """What is broken at an entry, in words that follow `entry NUMBER`."""

    number: int
    problem: str

    def __str__(self) -> str:
        return f"entry {self.number} {self.problem}"


class ChainCheck:
    """One pass over the entries in order of their numbers, in constant memory.

    `before` is what the first entry must follow: the entry before it, or None at the beginning of the trail. Anchors
    must not be older than `before`. `count`, `met` (anchors that were found as expected) and `last` grow with the pass.
    """

    def __init__(self, before: StoredEntry | None = None, anchors: Sequence[Anchor] = ()) -> None:
        self.count = 0
        self.last = before
        self.met = 0
        self._anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.number, []).append(anchor)

    def faults(self, entries: Iterable[StoredEntry]) -> Iterator[Fault]:
        """Everything that is wrong, entry by entry. One wrong entry does not make those after it wrong."""
        if self.last is not None:
            yield from self._compare(self.last)
        for stored in entries:
            yield from self._linked(stored)
            if not stored.content_fits():
                yield Fault(stored.number, "does not fit its seal: it was changed")
            yield from self._compare(stored)
            self.last = stored
            self.count += 1
        for number in sorted(self._anchors):
            where = f"the trail ends at entry {self.last.number}" if self.last else "the trail is empty"
            yield Fault(number, f"is expected and missing: {where}")

    def _linked(self, stored: StoredEntry) -> Iterator[Fault]:
        number, seal = (self.last.number, self.last.seal) if self.last else (0, GENESIS)
        if stored.number <= number:
            yield Fault(stored.number, f"comes after entry {number}: it is there twice or out of order")
        elif stored.number > number + 1:
            gone = stored.number - number - 1
            yield Fault(
                number + 1, "is missing" if gone == 1 else f"is missing, and all up to {stored.number - 1}"
            )
        elif stored.previous != seal:
            follows = f"entry {number}" if number else "the beginning"
            yield Fault(
                stored.number, f"was not sealed onto {follows} as it is now: one of the two was replaced"
            )

    def _compare(self, stored: StoredEntry) -> Iterator[Fault]:
        for anchor in self._anchors.pop(stored.number, ()):
            if anchor.seal == stored.seal:
                self.met += 1
            else:
                yield Fault(
                    stored.number, "has another seal than the one that was kept: the trail was rewritten"
                )
