"""Which actions failed in a turn, read from Rasa's log."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.dialogue.failed_actions import collect_failed_actions

RASA = logging.getLogger("rasa.core.processor")


def fail(name: str) -> None:
    """As Rasa reports it."""
    try:
        raise RuntimeError("they wrote: I feel so low")
    except RuntimeError:
        RASA.exception(
            f"Encountered an exception while running action '{name}'."
            "Bot will continue, but the actions events are lost."
        )


def test_failures_are_collected_inside_the_block_only() -> None:
    fail("before")
    with collect_failed_actions() as names:
        fail("one")
        fail("two")
    fail("after")
    assert names == ["one", "two"]


def test_a_turn_without_failures_has_none() -> None:
    with collect_failed_actions() as names:
        RASA.error("something else went wrong")
    assert names == []


async def test_turns_side_by_side_do_not_mix() -> None:
    async def turn(name: str, started: asyncio.Event, other: asyncio.Event) -> list[str]:
        with collect_failed_actions() as names:
            started.set()
            await other.wait()
            fail(name)
            return names

    one, two = asyncio.Event(), asyncio.Event()
    failed = await asyncio.gather(turn("one", one, two), turn("two", two, one))
    assert list(failed) == [["one"], ["two"]]


def test_the_traceback_never_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=RASA.name):
        fail("action_escalate_mood")
    assert "action action_escalate_mood failed: RuntimeError" in caplog.text
    assert "so low" not in caplog.text


def test_other_records_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=RASA.name):
        RASA.warning("running %s", "action_listen")
    assert caplog.records[-1].getMessage() == "running action_listen"
