"""The whole assistant as `python -m bot serve` runs it: its own database, its own ports, the trained model."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import httpx
import psutil

from bot.database import Database
from bot.runtime.child import PR_SET_PDEATHSIG
from bot.runtime.demo import EMAIL, PASSWORD_FILE
from bot.runtime.services import ROOT
from bot.runtime.training import MODEL, STAMP, fingerprint
from bot.settings import Settings
from tests.support.servers import free_port

START_SECONDS: Final = 180.0
HEAL_SECONDS: Final = 90.0
READY: Final = "The assistant is ready"
# What is in the command line of each child.
CHILDREN: Final = {"rasa": "rasa", "actions": "actions", "worker": "bot.jobs", "front door": "bot.gateway"}


@dataclass(frozen=True)
class Stack:
    """A running assistant. `stop` must be called."""

    process: subprocess.Popen[bytes]
    settings: Settings
    folder: Path

    @property
    def address(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def clinician(self) -> tuple[str, str]:
        """The demo clinician's address and password."""
        return EMAIL, (self.settings.var_dir / PASSWORD_FILE).read_text(encoding="utf-8").strip()

    @cached_property
    def database(self) -> Database:
        url = psutil.Process(self.pid("front door")).environ()["DATABASE_URL"]
        return Database(url, pool_size=2)

    def pid(self, child: str) -> int:
        """The process of one of CHILDREN. Raises LookupError while it is down."""
        for process in psutil.Process(self.process.pid).children():
            try:
                command = process.cmdline()
            except psutil.Error:
                continue
            if command[1:3] == ["-m", CHILDREN[child]] and process.status() != psutil.STATUS_ZOMBIE:
                return int(process.pid)
        raise LookupError(f"{child} is down")

    def kill(self, child: str) -> None:
        """As a crash would."""
        os.kill(self.pid(child), signal.SIGKILL)

    def wait_until_healed(self) -> None:
        """Every child is up again and the front door says that it is ready."""
        _wait(self._whole, HEAL_SECONDS, "the stack did not heal", self.log)

    def _whole(self) -> bool:
        try:
            for child in CHILDREN:
                self.pid(child)
            actions = httpx.get(f"{self._actions_url}/health", trust_env=False, timeout=2)
            ready = httpx.get(f"{self.address}/readyz", trust_env=False, timeout=5)
        except (LookupError, psutil.Error, httpx.HTTPError):
            return False
        return actions.status_code == 200 and ready.status_code == 200

    @property
    def _actions_url(self) -> str:
        return str(psutil.Process(self.pid("rasa")).environ()["ACTIONS_URL"])

    def log(self) -> str:
        """What the supervisor has printed."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    def logs_of_children(self) -> str:
        """What the processes have logged, all together."""
        var = self.settings.var_dir
        files = [*sorted((var / "log").glob("*.log*")), var / "pgdata" / "log"]
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)

    def stop(self) -> None:
        """Everything ends, also what did not want to; the folder goes."""
        if "database" in self.__dict__:
            self.database.dispose()
        started = (
            psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        )
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        left = [process for process in [*started, *self._postgres()] if process.is_running()]
        for process in left:
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _postgres(self) -> list[psutil.Process]:
        """The embedded server, should it still be there."""
        pid_file = self.settings.var_dir / "pgdata" / "postmaster.pid"
        try:
            return [psutil.Process(int(pid_file.read_text(encoding="ascii").splitlines()[0]))]
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return []


def start_stack() -> Stack:
    """Start it and wait until it is ready. Takes about half a minute.

    It runs the model as it is in MODELS_DIR: `make test` has trained before.
    """
    folder = Path(tempfile.mkdtemp(prefix="st"))
    model = Settings.from_env().models_dir.resolve() / MODEL
    assert model.is_file(), f"{model} is not there: run `make train`"
    models = folder / "models"
    models.mkdir()
    (models / MODEL).symlink_to(model)
    (models / STAMP).write_text(fingerprint(ROOT, Settings().data_dir), encoding="ascii")
    settings = Settings(
        port=free_port(),
        rasa_port=free_port(),
        actions_port=free_port(),
        clinic_phone="+1 202 555 0100",
        models_dir=models,
        var_dir=folder / "var",
    )
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT,
            env={**os.environ, **settings.to_env()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_stop_with_this_process if sys.platform == "linux" else None,
        )
    stack = Stack(process, settings, folder)
    try:
        _wait(
            lambda: process.poll() is not None or READY in stack.log(), START_SECONDS, "no start", stack.log
        )
        assert process.poll() is None, f"the assistant ended while starting:\n{stack.log()}"
    except BaseException:
        stack.stop()
        raise
    return stack


def _stop_with_this_process() -> None:
    """In the started process: a test run that is killed leaves nothing running."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def _wait(condition: Callable[[], bool], seconds: float, failure: str, details: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{failure} within {seconds:.0f} s:\n{details()}")
        time.sleep(0.2)
