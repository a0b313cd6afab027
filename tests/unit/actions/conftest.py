"""Actions over a real database, with trackers made by Rasa and sent as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.store import database as actions_database
from bot.database import Database
from bot.understanding import Reading, to_parse_data
from tests.support.world import new_conversation, service_over


@pytest.fixture
def database_of_actions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Has the actions open the test's database; call it with another address to have them open that."""

    def use(url: str) -> None:
        actions_database.cache_clear()
        monkeypatch.setenv("DATABASE_URL", url)

    use(database.url)
    yield use
    actions_database().dispose()
    actions_database.cache_clear()


@dataclass(frozen=True)
class Patient:
    """A stored conversation with one message that nothing has been done about."""

    conversation_id: UUID
    message_id: UUID

    def turn(self, reading: Reading, contact: str | None = None, **metadata: object) -> Tracker:
        """The tracker as the action server gets it."""
        details = {"message_id": str(self.message_id), "channel": "widget", "region": "US", **metadata}
        return tracker_of(reading, str(self.conversation_id), details, contact)


def tracker_of(
    reading: Reading, sender: str, metadata: dict[str, object] | None = None, contact: str | None = None
) -> Tracker:
    data = to_parse_data(reading)
    tracker = DialogueStateTracker.from_events(
        sender,
        [
            ActionExecuted("action_listen"),
            UserUttered(
                reading.text,
                data["intent"],
                data["entities"],
                data,
                input_channel="frontdoor",
                metadata=metadata,
            ),
        ],
        slots=Domain.empty().slots,
    )
    state = json.loads(json.dumps(tracker.current_state(EventVerbosity.ALL)))
    state["slots"]["contact"] = contact
    return Tracker.from_dict(state)


@pytest.fixture
def patient(database: Database, database_of_actions: Callable[[str], None]) -> Patient:
    service = service_over(database)
    conversation = new_conversation(service)
    received = service.receive_text(conversation, "first", "hi, something to tell you")
    return Patient(conversation.id, received.message_id)


class WatchingDispatcher(CollectingDispatcher):
    """Notes how many cases another connection sees at the moment when something is said."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.said: list[tuple[str, int]] = []

    def utter_message(self, text: str | None = None, **more: object) -> None:
        with self._database.transaction() as session:
            cases = session.execute(sa.text("SELECT count(*) FROM cases")).scalar_one()
        self.said.append((text or "", cases))
        super().utter_message(text=text, **more)

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.said]
