"""Starts the services, waits until they are healthy, starts again what crashes, and stops them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.runtime.child import Child, last_words
from bot.runtime.errors import StartFailed
from bot.runtime.stop_signals import StopSignals

FIRST_DELAY_SECONDS: Final = 1.0
LONGEST_DELAY_SECONDS: Final = 30.0
# A service that ran this long before it ended is taken as sound: its next restart is quick again.
SOUND_AFTER_SECONDS: Final = 60.0
CHECK_EVERY_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Service:
    """A process to keep running. `healthy` is asked until it says yes after each start."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    healthy: Callable[[], bool]


@dataclass
class _Running:
    service: Service
    child: Child | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = FIRST_DELAY_SECONDS
    healthy: bool = False


@dataclass
class Supervisor:
    """Keeps `services` running, in their order; `say` prints one line to the operator."""

    services: Sequence[Service]
    cwd: Path
    say: Callable[[str], None]
    signals: StopSignals
    grace_seconds: float = 10.0
    start_limit_seconds: float = 180.0
    _running: list[_Running] = field(init=False)

    def __post_init__(self) -> None:
        self._running = [_Running(service) for service in self.services]

    def run(self, when_ready: Callable[[], None]) -> None:
        """Returns after the operator asked for a stop and every process has ended.

        Raises:
            StartFailed: a service ended or was late before all were healthy; every process has ended.
        """
        try:
            self._start_all()
            if not self.signals.asked:
                when_ready()
            while not self.signals.asked:
                self._revive()
                self._look_for_health("is back")
                self.signals.sleep(self._until_next_step())
            self.say("Stopping")
        finally:
            self._stop_all()

    def _start_all(self) -> None:
        began = time.monotonic()
        for running in self._running:
            self._start(running)
        while not self.signals.asked and not all(running.healthy for running in self._running):
            for running in self._running:
                code = self._ended(running)
                if code is not None:
                    raise StartFailed(
                        f"{running.service.name} ended while starting ({code}); {_log(running.service)}"
                    )
            self._look_for_health("is up")
            if time.monotonic() - began > self.start_limit_seconds:
                late = next(running.service for running in self._running if not running.healthy)
                raise StartFailed(
                    f"{late.name} is not up after {self.start_limit_seconds:.0f} s; {_log(late)}"
                )
            self.signals.sleep(CHECK_EVERY_SECONDS)

    def _start(self, running: _Running) -> None:
        service = running.service
        running.child = Child(service.command, service.env, self.cwd, service.log)
        running.started_at = time.monotonic()
        running.healthy = False

    def _ended(self, running: _Running) -> str | None:
        """How it ended; None while it runs."""
        code = running.child.exit_code() if running.child else None
        if code is None:
            return None
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _revive(self) -> None:
        """Plan a restart for what has ended, and carry out the restarts that are due."""
        now = time.monotonic()
        for running in self._running:
            ending = self._ended(running)
            if ending is not None and running.child is not None:
                running.child.stop(0)  # nothing that it started stays behind
                running.child = None
                if now - running.started_at > SOUND_AFTER_SECONDS:
                    running.delay = FIRST_DELAY_SECONDS
                running.due_at = now + running.delay
                self.say(
                    f"{running.service.name} ended ({ending}); "
                    f"starting it again in {running.delay:.0f} s. {_log(running.service)}"
                )
                running.delay = min(running.delay * 2, LONGEST_DELAY_SECONDS)
            elif running.child is None and running.due_at <= now:
                self._start(running)

    def _look_for_health(self, words: str) -> None:
        for running in self._running:
            if running.child is not None and not running.healthy and running.service.healthy():
                running.healthy = True
                self.say(f"{running.service.name} {words} ({time.monotonic() - running.started_at:.0f} s)")

    def _until_next_step(self) -> float:
        return (
            60.0
            if all(running.healthy and running.child for running in self._running)
            else CHECK_EVERY_SECONDS
        )

    def _stop_all(self) -> None:
        # The front door first, so that nothing new comes in while the rest finishes.
        for running in reversed(self._running):
            if running.child is not None:
                running.child.stop(self.grace_seconds)
                running.child = None


def _log(service: Service) -> str:
    words = last_words(service.log)
    return f"see {service.log}" + (f": {words}" if words else "")
