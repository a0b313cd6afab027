"""One live stack for the whole test session, and the patients who talk with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
import sqlalchemy as sa

from bot.cases import repository as case_repository
from bot.cases.domain import Case
from bot.conversations.models import messages
from tests.support.patient import Patient
from tests.support.stack import Stack, start_stack

TURN_SECONDS: Final = 40.0
_STACK: Final = pytest.StashKey[Stack]()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """The running assistant. Folders that import this fixture share one."""
    config = request.config
    if _STACK not in config.stash:
        config.stash[_STACK] = start_stack()
        config.add_cleanup(config.stash[_STACK].stop)
    return config.stash[_STACK]


@pytest.fixture
def patient(stack: Stack) -> Iterator[LivePatient]:
    assert stack.process.poll() is None, f"the assistant has ended:\n{stack.log()}"
    found = LivePatient(stack)
    yield found
    found.http.close()


class LivePatient(Patient):
    """A patient's page at the live stack, with a view into its database."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.address)
        self._stack = stack
        self.conversation_id: UUID | None = None

    def asks(self, text: str) -> list[dict[str, Any]]:
        """What the assistant says to a message, once its turn is over."""
        return self._answer_to(self._post_stored(text=text))

    def presses(self, title: str) -> list[dict[str, Any]]:
        """The same for the newest button with this title."""
        for message in reversed(self.history()):
            for button in message["buttons"]:
                if button["title"] == title:
                    return self._answer_to(self._post_stored(button_id=button["id"]))
        raise AssertionError(f"no button {title!r}")

    def follow(self, message_id: UUID) -> None:
        """Look into the conversation of this message from now on."""
        self.conversation_id = self._row(message_id).conversation_id

    def cases(self) -> list[Case]:
        """The conversation's unresolved cases, the most urgent first."""
        if self.conversation_id is None:
            return []
        with self._stack.database.transaction() as session:
            return case_repository.unresolved_of(session, self.conversation_id)

    def wait_for_answer(self, message_id: UUID, seconds: float = TURN_SECONDS) -> None:
        """Until the message's turn is over: all its replies are stored in one transaction."""
        deadline = time.monotonic() + seconds
        while not self._row(message_id).answered_at:
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer within {seconds:.0f} s; {self._stack.log()}")
            time.sleep(0.02)

    def _post_stored(self, **body: Any) -> UUID:
        response = self.post(**body)
        assert response.status_code == 202, response.text
        return UUID(response.json()["message_id"])

    def _answer_to(self, message_id: UUID) -> list[dict[str, Any]]:
        self.wait_for_answer(message_id)
        self.follow(message_id)
        seq = self._row(message_id).seq
        return [message for message in self.history(seq) if message["author"] == "assistant"]

    def _row(self, message_id: UUID) -> sa.engine.Row:
        with self._stack.database.transaction() as session:
            return session.execute(sa.select(messages).where(messages.c.id == message_id)).one()
