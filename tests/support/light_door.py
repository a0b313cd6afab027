"""The real front door without the trained model: a process of its own, so that a test can kill it.

`python -m tests.support.light_door` takes its settings from the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from bot.content.facts import FactBook
from bot.gateway.app import create_app
from bot.gateway.server import FrontDoorServer
from bot.gateway.words import FrontDoorWords
from bot.settings import Settings
from tests.support.reader import DATA, KeywordReader, rule_book

START_SECONDS: Final = 30.0
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass
class LightDoor:
    """Starts, kills and starts again on the same port. `stop` must be called."""

    settings: Settings
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> None:
        environment = {**os.environ, **self.settings.to_env()}
        command = [sys.executable, "-m", "tests.support.light_door"]
        self._processes.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._processes[-1].poll() is None, "the front door has ended"
            assert time.monotonic() < deadline, "the front door did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", trust_env=False, timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """As a crash would: nothing is said to anybody."""
        process = self._processes.pop()
        process.kill()
        process.wait(10)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
            process.wait(15)
        self._processes.clear()


def main() -> None:
    settings = Settings.from_env(Path(os.devnull))
    app = create_app(
        settings,
        reader=KeywordReader(),
        rules=rule_book(),
        facts=FactBook.load(DATA / "facts.yml"),
        words=FrontDoorWords.load(settings),
    )
    FrontDoorServer(app, settings.host, settings.port).run()


if __name__ == "__main__":
    main()
