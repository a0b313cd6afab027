"""Token buckets in memory: a burst at once, then a steady rate. Each front-door process counts for itself."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

_MOST_KEYS: Final = 50_000


@dataclass(frozen=True)
class Rate:
    """`burst` requests at once, and `per_second` more as time goes by."""

    burst: float
    per_second: float


class Buckets:
    """One bucket for each key. The least recently used keys are forgotten beyond 50,000."""

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """0 when the request may go on, else the whole seconds to wait (at least 1)."""
        with self._lock:
            now = self._clock()
            level, since = self._levels.pop(key, (self._rate.burst, now))
            level = min(self._rate.burst, level + (now - since) * self._rate.per_second)
            wait = 0 if level >= 1 else max(1, math.ceil((1 - level) / self._rate.per_second))
            self._levels[key] = (level if wait else level - 1, now)
            while len(self._levels) > _MOST_KEYS:
                self._levels.popitem(last=False)
            return wait
