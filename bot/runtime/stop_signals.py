"""Ctrl-C and SIGTERM as a flag to look at, and a sleep that they, and the end of a child, cut short."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Final

STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """In a `with` block of the main thread: `asked` turns true when the operator wants everything to stop.

    Nothing is interrupted half-way, so a started process is never lost between two lines of code.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._readable, False)
        os.set_blocking(self._writable, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)
        for number in (*STOPPING, signal.SIGCHLD):
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._readable)
        os.close(self._writable)

    def sleep(self, seconds: float) -> None:
        """Wait this long, or until any signal arrives. Returns at once when a stop was asked for."""
        if self.asked:
            return
        ready, _, _ = select.select([self._readable], [], [], seconds)
        if ready:
            os.read(self._readable, 4096)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.asked = True
