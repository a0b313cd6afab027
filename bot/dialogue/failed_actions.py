"""Which actions failed during a turn.

Rasa swallows an action's exception, logs it and goes on as if the action had run (3.6.21,
`MessageProcessor._run_action`); the log record is the only trace. It is read here, and stripped of its traceback,
which can hold what the patient wrote.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_PROCESSOR: Final = logging.getLogger("rasa.core.processor")
_RECORD: Final = re.compile(r"Encountered an exception while running action '([^']+)'")
_failed: ContextVar[list[str] | None] = ContextVar("failed_actions", default=None)


class _Recorder(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        match = _RECORD.match(str(record.msg))
        if match is not None:
            names = _failed.get()
            if names is not None:
                names.append(match[1])
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "error"
            record.msg, record.args = f"action {match[1]} failed: {kind}", ()
            record.exc_info, record.exc_text = None, None
        return True


_PROCESSOR.addFilter(_Recorder())


@contextmanager
def collect_failed_actions() -> Iterator[list[str]]:
    """The names of the actions that fail inside the block, in this task only."""
    names: list[str] = []
    token = _failed.set(names)
    try:
        yield names
    finally:
        _failed.reset(token)
