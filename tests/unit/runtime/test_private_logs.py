"""Logs hold what happened and where, never what a patient wrote."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from bot.runtime.private_logs import private_record

ROOT = Path(__file__).resolve().parents[3]
SECRET = "I stopped eating because of my skin"

# The calls with which `rasa run` sets up its logging, then the three ways in which it logs a message's text.
AS_RASA_LOGS = f"""
import logging
import rasa.utils.io
import structlog
from rasa.utils.common import configure_logging_and_warnings
from rasa.utils.log_utils import configure_structlog
configure_logging_and_warnings(logging.WARNING, "deploy/logging.yml", True, True)
rasa.utils.io.configure_colored_logging(logging.WARNING)
configure_structlog(logging.WARNING)
plain, events = logging.getLogger("rasa.core.processor"), structlog.get_logger("rasa.events")
try:
    raise ValueError({SECRET!r})
except ValueError:
    plain.exception("Encountered an exception while running action 'x'.")
    events.exception("interpolator.text", response={SECRET!r}, event_info="about " + {SECRET!r})
events.warning("event.deserialization.failed", rasa_event={{"text": {SECRET!r}}})
plain.info("chatter")
"""


def test_rasa_as_we_start_it_logs_no_text_and_no_stack_trace() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_RASA_LOGS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    written = done.stdout + done.stderr
    assert SECRET not in written and "Traceback" not in written and "chatter" not in written
    assert "Encountered an exception while running action 'x'. [ValueError at <string>:" in written
    assert "interpolator.text" in written and "event.deserialization.failed" in written


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return private_record("rasa", logging.ERROR, "file.py", 1, message, args, trace)


def test_the_words_of_the_log_line_stay() -> None:
    assert record("restarted %d times", 3).getMessage() == "restarted 3 times"


@rules(deadline=None)
@given(st.dictionaries(st.text(min_size=1).filter(lambda key: key != "event"), st.text(min_size=1)))
def test_of_a_structured_event_only_its_name_stays(fields: dict[str, str]) -> None:
    assert record(json.dumps({**fields, "event": "a.b"})).getMessage() == "a.b"


def test_an_event_that_is_cut_short_is_not_shown() -> None:
    assert SECRET not in record('{"text": "' + SECRET).getMessage()


def test_of_several_lines_only_the_first_stays() -> None:
    assert record(f"Failed.\n{SECRET}").getMessage() == "Failed."
