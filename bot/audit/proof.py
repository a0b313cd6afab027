"""What the chain of the whole trail proves, and the seal to keep elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.audit import repository
from bot.audit.chain import Anchor, ChainCheck, Fault
from bot.audit.domain import StoredEntry
from bot.audit.repository import Wanted

MOST_FAULTS: Final = 100


@dataclass(frozen=True)
class Proof:
    """`count` entries from `start` on were looked at, up to `last`; `met` kept seals were found as expected.

    `faults` are the first hundred of `fault_count`: none means that the trail is whole.
    """

    start: int
    count: int
    last: StoredEntry | None
    met: int
    faults: tuple[Fault, ...]
    fault_count: int

    @property
    def whole(self) -> bool:
        return self.fault_count == 0


def verify(session: Session, *, start: int = 1, anchors: Sequence[Anchor] = ()) -> Proof:
    """Read the trail from an entry on and check all of it. It writes nothing.

    With a start other than 1, that entry must follow the one before it; what lies further back is not looked at.
    Raises ValueError when an anchor lies there, or there is no entry before the start.
    """
    if any(anchor.number < start - 1 for anchor in anchors):
        raise ValueError(
            f"a seal of an entry before {start - 1} proves nothing about the entries from {start} on"
        )
    before = repository.by_number(session, start - 1) if start > 1 else None
    if start > 1 and before is None:
        raise ValueError(f"there is no entry {start - 1}, which entry {start} would have to follow")
    found = ChainCheck(before, anchors)
    faults: list[Fault] = []
    count = 0
    for fault in found.faults(repository.in_order(session, start=start)):
        count += 1
        if len(faults) < MOST_FAULTS:
            faults.append(fault)
    return Proof(start, found.count, found.last, found.met, tuple(faults), count)


def last_seal(session: Session) -> tuple[Anchor, datetime] | None:
    """What to keep elsewhere, with the time of that entry; None while the trail is empty."""
    found = repository.latest(session, Wanted(), 1)
    return (Anchor.of(found[0]), found[0].at) if found else None
