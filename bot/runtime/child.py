"""One child process: its own process group, its own log, and an end no later than its parent's."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

LARGEST_LOG_BYTES: Final = 10_000_000
PR_SET_PDEATHSIG: Final = 1


class Child:
    """A started process. Its output goes to `log`, which is rotated once it is large."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))
        with open(log, "ab", opener=_private) as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal must reach the supervisor only: it stops the others in order.
                start_new_session=True,
                preexec_fn=_dies_with(os.getpid()),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs. Negative: ended by that signal."""
        return self._process.poll()

    def stop(self, grace_seconds: float) -> None:
        """Ask it to end; after the grace, end it and whatever it has started."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_seconds)
        # Also after a clean end: what it started must not outlive it.
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # the group is empty (PermissionError: macOS, for a group of zombies)


def last_words(log: Path, limit: int = 200) -> str:
    """The last line of a log that says something, cut to `limit` characters; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return next((line.strip()[:limit] for line in reversed(lines) if line.strip()), "")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _dies_with(parent: int) -> Callable[[], None] | None:
    """On Linux: makes the kernel end the child when the supervisor itself is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(1)  # the supervisor died before the line above

    return prepare
