"""The worker as a process of its own: stopped kindly it finishes its turn, killed it loses none."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from bot.settings import Settings
from tests.support.patient import Patient
from tests.support.servers import RasaStandIn

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def process(settings: Settings, **changes: str) -> Iterator[subprocess.Popen[str]]:
    env = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "RASA_URL": settings.rasa_url,
        "RASA_TOKEN": settings.rasa_token,
        **changes,
    }
    found = subprocess.Popen(
        [sys.executable, "-m", "bot.jobs"],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield found
    finally:
        found.kill()
        found.wait(10)


def until_asked(rasa: RasaStandIn, times: int) -> None:
    deadline = time.monotonic() + 90
    while len(rasa.turns) < times:
        assert time.monotonic() < deadline, f"Rasa was asked {len(rasa.turns)} times"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def thinking(rasa: RasaStandIn) -> Iterator[None]:
    async def think(body: dict[str, Any]) -> Response:
        await asyncio.sleep(0.5)
        return await rasa.echo(body)

    rasa.behave = think
    rasa.turns.clear()
    yield
    rasa.behave = rasa.echo


def test_sigterm_lets_the_running_turn_finish(
    settings: Settings, rasa: RasaStandIn, patient: Patient
) -> None:
    with process(settings) as worker:
        patient.say("hi there")
        until_asked(rasa, 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        assert worker.stdout is not None
        assert worker.stdout.read() == ""
    assert [item["author"] for item in patient.history()] == ["assistant", "patient", "assistant"]


def test_a_killed_workers_turn_goes_on_in_the_next_worker(
    settings: Settings, rasa: RasaStandIn, patient: Patient
) -> None:
    with process(settings) as worker:
        patient.say("hi there")
        until_asked(rasa, 1)
        worker.kill()
    with process(settings):
        patient.wait_for(3, seconds=90)
        patient.say("hi again")
        texts = [item["text"] for item in patient.wait_for(5, seconds=90)]
    assert [text for text in texts if text.startswith("You said")] == [
        "You said: hi there [1].",
        "You said: hi again [1].",
    ]


@pytest.mark.parametrize(("name", "value"), [("DATABASE_URL", "mysql://x"), ("RASA_TOKEN", "short")])
def test_a_wrong_setting_is_one_line(settings: Settings, name: str, value: str) -> None:
    with process(settings, **{name: value}) as worker:
        out, _ = worker.communicate(timeout=120)
    assert worker.returncode != 0
    assert name in out
    assert out.count("\n") == 1
