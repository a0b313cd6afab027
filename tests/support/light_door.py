"""The real front door without the trained model: a process of its own, so that a test can kill it.

`python -m tests.support.light_door` takes its settings from the environment and forks one front door for each line
that it reads: what takes long, the imports, is done once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import httpx

from bot.content.facts import FactBook
from bot.gateway.app import create_app
from bot.gateway.server import FrontDoorServer
from bot.gateway.words import FrontDoorWords
from bot.settings import Settings
from tests.support.reader import DATA, KeywordReader, rule_book

START_SECONDS: Final = 90.0
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass
class LightDoor:
    """Starts, is killed and starts again on the same port. `stop` must be called."""

    settings: Settings
    _pid: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @cached_property
    def _nursery(self) -> subprocess.Popen[str]:
        environment = {**os.environ, **self.settings.to_env()}
        command = [sys.executable, "-m", "tests.support.light_door"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def start(self) -> None:
        nursery = self._nursery
        assert nursery.stdin is not None and nursery.stdout is not None
        nursery.stdin.write("start\n")
        nursery.stdin.flush()
        self._pid = int(nursery.stdout.readline())
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "the front door did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", trust_env=False, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """As a crash would: nothing is said to anybody."""
        os.kill(self._pid, signal.SIGKILL)
        self._pid = 0

    def stop(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)
        self._nursery.communicate(timeout=30)


def main() -> None:
    settings = Settings.from_env(Path(os.devnull))
    facts, words = FactBook.load(DATA / "facts.yml"), FrontDoorWords.load(settings)
    # Nobody waits for the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            app = create_app(settings, KeywordReader(), rule_book(), facts, words)
            FrontDoorServer(app, settings.host, settings.port).run()
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
