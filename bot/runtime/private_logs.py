"""Log records without what patients wrote: no stack traces, no error texts, no structured fields.

Rasa logs exceptions with their text, and structured events with the message that caused them. A process that
calls `install` keeps from each record its own words, and from an exception only its type and place.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import TracebackType
from typing import Any

_plain_record = logging.getLogRecordFactory()


def install() -> None:
    """Make every log record of this process a private one."""
    logging.setLogRecordFactory(private_record)


class InstallPrivateLogs(logging.Filter):
    """Names `install` in a logging configuration file, which is all that `rasa run` lets us bring."""

    def __init__(self) -> None:
        super().__init__()
        install()


def private_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A log record as `logging` makes it, reduced."""
    record = _plain_record(*args, **kwargs)
    words = _without_fields(record.getMessage())
    if record.exc_info and record.exc_info[0] is not None:
        words += f" [{record.exc_info[0].__name__}{_place(record.exc_info[2])}]"
    record.msg, record.args = words, ()
    record.exc_info = record.exc_text = record.stack_info = None
    return record


def _without_fields(words: str) -> str:
    """A structlog event comes as JSON: keep its name only."""
    first_line = words.partition("\n")[0]
    if not words.startswith("{"):
        return first_line
    try:
        event = json.loads(words)
    except ValueError:
        return "an event that cannot be read"
    return str(event.get("event", "an event without a name")) if isinstance(event, dict) else "an event"


def _place(trace: TracebackType | None) -> str:
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
