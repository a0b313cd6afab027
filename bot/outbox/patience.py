"""How long a delivery is tried. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 300
LONGEST_TRY: Final = timedelta(hours=24)
# A sender that has said nothing for so long has died with its lease; one provider call takes 12 seconds at most.
LEASE: Final = timedelta(seconds=20)


def next_attempt(now: datetime, attempts: int, retry_after: float | None) -> datetime:
    """When to try again: 1, 2, 4 … seconds and at most 5 minutes later, never before the provider asked for."""
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT) if attempts > 0 else FIRST_WAIT
    if retry_after is not None:
        wait = max(timedelta(seconds=retry_after), FIRST_WAIT)
    return now + wait


def is_hopeless(
    created_at: datetime, attempts: int, at: datetime, longest_try: timedelta = LONGEST_TRY
) -> bool:
    """Whether a try at this time would be one too many or too late."""
    return attempts >= MOST_ATTEMPTS or at - created_at > longest_try
