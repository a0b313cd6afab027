"""How long somebody waits after wrong passwords or codes. Pure."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

FREE_TRIES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""Without a wrong try for so long, the count begins anew."""


def wait_after(failures: int) -> timedelta:
    """The wait after so many wrong tries in a row: none at first, then 15 s, doubled each time up to 15 minutes.

    It never ends in a lock: whoever waits may try again.
    """
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 16)
    return min(LONGEST_WAIT, FIRST_WAIT * int(2**doublings))


def wait_words(wait: timedelta) -> str:
    """`7 seconds`, `1 minute`, `4 minutes`: never less than what is left."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
