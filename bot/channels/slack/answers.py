"""What Slack's payloads lead to: each is taken into the store before Slack is told that it has arrived."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.accounts.users import enabled_user
from bot.cases import work
from bot.cases.errors import CaseError, CaseNotFound
from bot.cases.repository import by_id
from bot.channels.inbox import Arrival, Inbox, Outcome
from bot.channels.slack.alerts import ACKNOWLEDGE, OPEN
from bot.channels.slack.incoming import (
    Edited,
    Place,
    Pressed,
    Written,
    message_of,
    person_of,
    place_of,
    pressed_of,
)
from bot.channels.slack.kinds import HOME, WHISPER
from bot.channels.slack.setup import NAME, SlackSetup
from bot.channels.slack.words import (
    ALREADY,
    ANSWERED_THERE,
    BUTTON_GONE,
    CASE_GONE,
    INVITATION,
    NOT_A_CLINICIAN,
    TAKEN_OVER,
)
from bot.channels.words import ChannelWords
from bot.database import Database
from bot.outbox import repository as outbox
from bot.outbox.values import Parcel

log = logging.getLogger(__name__)

_COMMANDS: Final = ("help", "privacy", "delete", "start")


@dataclass(frozen=True)
class SlackAnswers:
    """Synchronous: call it in a thread. Everything raises DatabaseUnavailable; then nothing was stored."""

    setup: SlackSetup
    database: Database
    inbox: Inbox
    words: ChannelWords
    home_version: str
    clock: Callable[[], datetime]

    # --- patients

    def message(self, body: Mapping[str, Any]) -> None:
        """A message event. What is no person's, or not a direct message, is not kept."""
        found = message_of(body)
        if found is None:
            return
        person = person_of(body, found.user_id)
        arrival = Arrival(person.key, found.event_id, found.place.thread_ts)
        if isinstance(found, Written):
            self.inbox.text(arrival, found.text)
        elif isinstance(found, Edited):
            self.inbox.edited(arrival, found.text)
        else:
            self.inbox.unsupported(arrival, found.kind, found.text)

    def mention(self, body: Mapping[str, Any]) -> None:
        """Somebody named us in a channel: an invitation for that person's eyes. What they wrote is not kept."""
        event = body.get("event") or {}
        user, place = str(event.get("user") or ""), place_of(event)
        if user and place.channel_id and not event.get("bot_id"):
            self._whisper(
                f"mention:{body.get('event_id')}", place, user, f"{INVITATION} {self.words.emergency}"
            )

    def home_opened(self, body: Mapping[str, Any]) -> None:
        """The home tab is made again only when it shows something else than it should."""
        event = body.get("event") or {}
        shown = (event.get("view") or {}).get("private_metadata")
        user = event.get("user")
        if event.get("tab") != "home" or not isinstance(user, str) or shown == self.home_version:
            return
        parcel = Parcel(
            key=f"{NAME}:home:{body.get('event_id')}",
            stream=f"{NAME}:home:{user}",
            channel=NAME,
            kind=HOME,
            recipient=user,
        )
        self._put(parcel)

    def command(self, form: Mapping[str, Any]) -> str:
        """The slash command; what that person alone reads in reply. The words after it go to the direct messages."""
        person = person_of(form, str(form.get("user_id", "")))
        arrival = Arrival(person.key, f"command:{form.get('trigger_id')}")
        text = str(form.get("text", "")).strip()
        word = text.lower()
        if word in ("help", ""):
            return self.words.help(f"{self.setup.command} delete")
        if word in _COMMANDS:
            self.inbox.command(arrival, word)  # type: ignore[arg-type]
            return ANSWERED_THERE
        self.inbox.text(arrival, text)
        return f"{TAKEN_OVER} {self.words.emergency}"

    def pressed(self, body: Mapping[str, Any]) -> bool:
        """A button; whether it was a quick reply that counted, so that it may go from the message."""
        found = pressed_of(body)
        user = (body.get("user") or {}).get("id")
        if found is None or not isinstance(user, str) or found.action_id == OPEN:
            return False
        if found.action_id == ACKNOWLEDGE:
            self._acknowledge(found, user)
            return False
        arrival = Arrival(person_of(body, user).key, f"press:{found.value}", found.place.thread_ts)
        outcome = self.inbox.press(arrival, found.value)
        if outcome is Outcome.UNKNOWN_BUTTON:
            self._whisper(_press_key(found, user), found.place, user, BUTTON_GONE)
        return outcome in (Outcome.RECEIVED, Outcome.TOLD, Outcome.DELETED)

    # --- clinicians

    def _acknowledge(self, found: Pressed, user: str) -> None:
        """The same step as on the care desk, by the same account; anybody else is refused."""
        problem = ""
        mail = self.setup.clinicians.get(user)
        with self.database.transaction() as session:
            clinician = enabled_user(session, mail) if mail else None
            if clinician is None:
                problem = NOT_A_CLINICIAN
                log.warning("somebody in Slack without a care desk account pressed Acknowledge")
            else:
                try:
                    case_id = UUID(found.value)
                    before = by_id(session, case_id)
                    case = work.acknowledge(session, case_id, clinician.email, self.clock(), by=NAME)
                    if before is not None and before.state is case.state:
                        problem = ALREADY
                except (CaseNotFound, ValueError):
                    problem = CASE_GONE
                except CaseError as error:
                    problem = f"That was not possible: {error}."
        if problem:
            self._whisper(_press_key(found, user), found.place, user, problem)

    # --- parts

    def _whisper(self, key: str, place: Place, user: str, text: str) -> None:
        """Tell one person something in a channel, once for this key."""
        parcel = Parcel(
            key=f"{NAME}:{key}"[:200],
            stream=f"{NAME}:whisper:{user}",
            channel=NAME,
            kind=WHISPER,
            recipient=f"{place.channel_id}/{user}",
            payload={"text": text, "thread_ts": place.thread_ts},
        )
        self._put(parcel)

    def _put(self, parcel: Parcel) -> None:
        with self.database.transaction() as session:
            outbox.put(session, parcel, self.clock())


def _press_key(found: Pressed, user: str) -> str:
    return f"press:{user}:{found.message_ts}:{found.pressed_at}"
