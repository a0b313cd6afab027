"""The supervisor with real child processes: health, restarts, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]

# A supervisor over small Python programs, as `serve` uses it. Each service is healthy once its file is there.
PROGRAM = """
import os, sys
from pathlib import Path
from bot.runtime.errors import StartFailed
from bot.runtime.stop_signals import StopSignals
from bot.runtime.supervisor import Service, Supervisor

here = Path(sys.argv[1])
say = lambda line: print(line, flush=True)
services = [
    Service(path.stem, [sys.executable, str(path)], dict(os.environ), here / f"{path.stem}.log",
            (here / f"{path.stem}.up").exists)
    for path in sorted(here.glob("*.py"))
]
with StopSignals() as signals:
    try:
        Supervisor(services, here, say, signals, grace_seconds=1.0, start_limit_seconds=5.0).run(
            lambda: say("READY"))
    except StartFailed as error:
        say(f"FAILED {error}")
say("ENDED")
"""

STEADY = """
    Path(name + ".up").touch()
    while True: time.sleep(1)
"""
STUBBORN = """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(name + ".up").touch()
    while True: time.sleep(1)
"""
WITH_A_GRANDCHILD = """
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(name + ".grandchild").write_text(str(child.pid))
    Path(name + ".up").touch()
    while True: time.sleep(1)
"""
ENDS_ON_REQUEST = """
    Path(name + ".up").touch()
    while not Path(name + ".crash").exists(): time.sleep(0.02)
    Path(name + ".crash").unlink()
    os._exit(3)
"""
ENDS_AT_ONCE = """
    print("setting X is missing")
    sys.exit(7)
"""
NEVER_UP = """
    while True: time.sleep(1)
"""
SAYS_WHEN_STOPPED = """
    def stop(number, frame):
        with open("order", "a") as file: file.write(name)
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    Path(name + ".up").touch()
    while True: time.sleep(1)
"""


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        (folder / "supervisor").write_text(PROGRAM)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(folder / "supervisor"), str(folder)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def waits_for(self, what: Callable[[], object], seconds: float = 15.0) -> None:
        limit = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < limit, self.said()
            time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(**services: str) -> Running:
        for name, body in services.items():
            header = "import os, signal, subprocess, sys, time\nfrom pathlib import Path\n"
            (tmp_path / f"{name}.py").write_text(f"{header}name = {name!r}\n{textwrap.dedent(body)}")
        started.append(Running(tmp_path))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            family = running.family()
            running.process.kill()
            for process in family:
                if process.is_running():
                    process.kill()
        running.process.wait()


def left_of(folder: Path) -> list[psutil.Process]:
    """What still runs of a supervisor's services (a zombie has no command line)."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if any(str(folder) in word for word in one.info["cmdline"] or ())]


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_ends_every_process_also_a_stubborn_one_and_a_grandchild(
    start: Callable[..., Running], ending: signal.Signals
) -> None:
    running = start(a=STEADY, b=STUBBORN, c=WITH_A_GRANDCHILD)
    running.waits_for(lambda: "READY" in running.said())
    family = running.family()
    assert len(family) == 4
    running.process.send_signal(ending)
    assert running.process.wait(10) == 0
    assert gone(family)
    assert running.said().splitlines()[-1] == "ENDED"


def test_services_stop_one_after_the_other_the_last_started_first(start: Callable[..., Running]) -> None:
    running = start(a=SAYS_WHEN_STOPPED, b=SAYS_WHEN_STOPPED, c=SAYS_WHEN_STOPPED)
    running.waits_for(lambda: "READY" in running.said())
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(10) == 0
    assert (running.folder / "order").read_text() == "cba"


def test_a_crashed_service_is_started_again_later_each_time(start: Callable[..., Running]) -> None:
    running = start(a=ENDS_ON_REQUEST, b=STEADY)
    running.waits_for(lambda: "READY" in running.said())
    (steady,) = (one for one in running.family() if one.cmdline()[-1].endswith("b.py"))
    for seconds in (1, 2):
        (running.folder / "a.up").unlink()
        (running.folder / "a.crash").touch()
        line = f"a ended (exit code 3); starting it again in {seconds} s."
        running.waits_for(lambda line=line: line in running.said())
        assert not (running.folder / "a.up").exists()
        running.waits_for(lambda count=seconds: running.said().count("a is back") == count)
    assert steady.is_running()


def test_a_service_that_ends_while_starting_stops_the_start_with_its_last_words(
    start: Callable[..., Running],
) -> None:
    running = start(a=STEADY, b=ENDS_AT_ONCE)
    running.waits_for(lambda: running.process.poll() is not None)
    failure = next(line for line in running.said().splitlines() if line.startswith("FAILED"))
    assert "b ended while starting (exit code 7)" in failure
    assert failure.endswith("b.log: setting X is missing")
    assert "READY" not in running.said() and left_of(running.folder) == []


def test_a_service_that_never_comes_up_is_named(start: Callable[..., Running]) -> None:
    running = start(a=STEADY, b=NEVER_UP)
    running.waits_for(lambda: running.process.poll() is not None)
    assert "FAILED b is not up after 5 s" in running.said()


def test_a_stop_while_starting_ends_what_was_started(start: Callable[..., Running]) -> None:
    running = start(a=STEADY, b=NEVER_UP)
    running.waits_for(lambda: "a is up" in running.said())
    family = running.family()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(10) == 0
    assert gone(family) and "READY" not in running.said() and "FAILED" not in running.said()


if sys.platform == "linux":  # nowhere else can a child's life be tied to its parent's

    def test_killing_the_supervisor_itself_leaves_no_orphans(start: Callable[..., Running]) -> None:
        running = start(a=STEADY, b=STUBBORN)
        running.waits_for(lambda: "READY" in running.said())
        running.process.kill()
        running.waits_for(lambda: left_of(running.folder) == [], seconds=5)
