"""What happens to whatever arrives on a channel. The same for all of them; a channel only says what has arrived."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Final, Literal, TypeVar

from bot.channels.splitting import split_text
from bot.channels.words import DELETE_NO, DELETE_YES, ChannelWords
from bot.conversations.errors import ConversationGone, Repeated, TextEmpty, UnknownButton
from bot.conversations.inbound_text import MAX_CHARACTERS
from bot.conversations.service import ConversationService
from bot.conversations.values import Conversation, Draft, Event

# Messages within this time get one kind sentence between them: an album arrives as ten messages.
BURST: Final = timedelta(seconds=60)
LANGUAGE: Final = "en"
MOST_PIECES: Final = 3
_DELETE: Final = "/channel_delete"
_KEEP: Final = "/channel_keep"

Command = Literal["start", "help", "privacy", "delete"]
_Result = TypeVar("_Result")


class Outcome(str, Enum):
    """What has become of an arrival. All of them are to be acknowledged to the provider."""

    RECEIVED = "received"  # stored, a turn will answer it
    TOLD = "told"  # answered with a sentence of ours (or it stood there just now)
    REPEATED = "repeated"  # it had arrived before
    UNKNOWN_BUTTON = "unknown_button"
    DELETED = "deleted"


@dataclass(frozen=True)
class Platform:
    """A channel in patients' words: `title` as in "Telegram keeps its own copy", `delete` as in "/delete"."""

    channel: str
    title: str
    delete: str


@dataclass(frozen=True)
class Arrival:
    """From whom, and the provider's own id of the event, which is the same when it is sent again.

    `place` is where in the chat it stood, where that matters for the answer, such as the id of a thread.
    """

    external_id: str
    event_id: str
    place: str = ""


class Inbox:
    """One channel's way in. Synchronous; safe to share between threads.

    Every method raises `bot.database.DatabaseUnavailable` when PostgreSQL does not answer; then nothing was stored, and
    the provider must be told to try again.
    """

    def __init__(
        self, service: ConversationService, words: ChannelWords, region: str, platform: Platform
    ) -> None:
        self._service = service
        self._words = words
        self._region = region
        self._platform = platform

    def text(self, arrival: Arrival, text: str) -> Outcome:
        """A patient's own words. More than 4,000 characters are read as several messages."""
        # Normalised first, as it will be stored: some characters become several.
        pieces = split_text(unicodedata.normalize("NFC", text), MAX_CHARACTERS) or [""]
        outcomes = [
            self._piece(self._numbered(arrival, number), piece)
            for number, piece in enumerate(pieces[:MOST_PIECES])
        ]
        if len(pieces) > MOST_PIECES:
            outcomes.append(self._tell(self._numbered(arrival, MOST_PIECES), "cut", self._words.cut(), BURST))
        return next((outcome for outcome in outcomes if outcome is not Outcome.REPEATED), Outcome.REPEATED)

    def edited(self, arrival: Arrival, text: str) -> Outcome:
        """A changed message is not answered again, but a new worry in it is never passed over."""
        pieces = split_text(unicodedata.normalize("NFC", text), MAX_CHARACTERS)
        outcomes = [
            self._changed(self._numbered(arrival, number), piece)
            for number, piece in enumerate(pieces[:MOST_PIECES])
        ]
        for outcome in (Outcome.RECEIVED, Outcome.REPEATED):
            if outcome in outcomes:
                return outcome
        return self._tell(arrival, "edited", self._words.edited(), BURST)

    def unsupported(self, arrival: Arrival, kind: str, caption: str = "") -> Outcome:
        """Something that is no text: a kind sentence, once a burst. A caption is read. `kind` is a key of CANNOT."""
        if not caption.strip():
            return self._tell(arrival, "unsupported", self._words.unsupported(kind), BURST)
        read = self.text(arrival, caption)
        note = replace(arrival, event_id=f"{arrival.event_id}+note")
        told = self._tell(note, "unsupported", self._words.unsupported(kind, words_read=True), BURST)
        return told if read is Outcome.REPEATED else read

    def press(self, arrival: Arrival, button_id: str) -> Outcome:
        """A quick reply. Each button counts once, however often it is pressed: its id is the event's."""
        found = self._service.at_address(self._platform.channel, arrival.external_id)
        if found is None:
            return Outcome.UNKNOWN_BUTTON
        event = Event(self._platform.channel, f"press:{button_id}", arrival.place)
        try:
            payload = self._service.button(found, button_id).payload
            if payload == _DELETE:
                self._service.delete_content(
                    found.id, event, lambda erased: self._words.deleted(erased, self._platform.title)
                )
                return Outcome.DELETED
            if payload == _KEEP:
                draft = Draft("notice", self._words.kept())
                self._service.tell(found, event, "kept", draft, timedelta(0))
                return Outcome.TOLD
            self._service.receive_button(found, event, button_id)
            return Outcome.RECEIVED
        except Repeated:
            return Outcome.REPEATED
        except (UnknownButton, ConversationGone):
            return Outcome.UNKNOWN_BUTTON

    def command(self, arrival: Arrival, name: Command) -> Outcome:
        """One of the platform's commands. A first `start` is answered by the conversation's own beginning."""
        platform, words = self._platform, self._words
        if name == "start":
            if self._service.at_address(platform.channel, arrival.external_id) is None:
                return self._in_conversation(arrival, self._begun)
            return self._tell(arrival, "start", words.welcome_back(), BURST)
        if name == "help":
            return self._tell(arrival, "help", words.help(platform.delete), timedelta(0))
        if name == "privacy":
            return self._tell(
                arrival, "privacy", words.privacy(platform.title, platform.delete), timedelta(0)
            )
        buttons = ((DELETE_YES, _DELETE), (DELETE_NO, _KEEP))
        return self._tell(arrival, "delete", words.ask_to_delete(), timedelta(0), buttons)

    def left(self, external_id: str) -> None:
        """The patient has shut us out: nothing more is sent until they are back."""
        self._service.patient_left(self._platform.channel, external_id, "blocked by the patient")

    def returned(self, external_id: str) -> None:
        """The patient has let us in again: what stayed back in the last 24 hours is sent."""
        self._service.patient_returned(self._platform.channel, external_id)

    # --- parts

    @staticmethod
    def _numbered(arrival: Arrival, number: int) -> Arrival:
        return arrival if number == 0 else replace(arrival, event_id=f"{arrival.event_id}+{number}")

    def _begun(self, conversation: Conversation, event: Event) -> Outcome:
        self._service.remember(event)
        return Outcome.TOLD

    def _piece(self, arrival: Arrival, text: str) -> Outcome:
        def take(conversation: Conversation, event: Event) -> Outcome:
            try:
                self._service.receive_text(conversation, event, text)
            except TextEmpty:
                draft = Draft("notice", self._words.unreadable())
                self._service.tell(conversation, event, "unreadable", draft, BURST)
                return Outcome.TOLD
            return Outcome.RECEIVED

        return self._in_conversation(arrival, take)

    def _changed(self, arrival: Arrival, text: str) -> Outcome | None:
        """A piece of a changed message; None when there is no new worry in it, and nothing was stored."""

        def take(conversation: Conversation, event: Event) -> Outcome | None:
            try:
                received = self._service.receive_edit(conversation, event, text)
            except TextEmpty:
                return None
            return None if received is None else Outcome.RECEIVED

        return self._in_conversation(arrival, take)

    def _tell(
        self,
        arrival: Arrival,
        name: str,
        text: str,
        pause: timedelta,
        buttons: tuple[tuple[str, str], ...] = (),
    ) -> Outcome:
        def take(conversation: Conversation, event: Event) -> Outcome:
            self._service.tell(conversation, event, name, Draft("notice", text, buttons=buttons), pause)
            return Outcome.TOLD

        return self._in_conversation(arrival, take)

    def _in_conversation(
        self, arrival: Arrival, take: Callable[[Conversation, Event], _Result]
    ) -> _Result | Literal[Outcome.REPEATED]:
        """Do something in the address's conversation, which is begun where there is none."""
        channel = self._platform.channel
        event = Event(channel, arrival.event_id, arrival.place)
        # A repeat must not begin a conversation that the patient has had deleted since.
        if self._service.seen(event):
            return Outcome.REPEATED
        for last_try in (False, True):
            try:
                conversation = self._service.of_address(
                    channel=channel, external_id=arrival.external_id, region=self._region, language=LANGUAGE
                )
                return take(conversation, event)
            except Repeated:
                return Outcome.REPEATED
            except ConversationGone:
                # Deleted between the two steps: what was written after that begins a new one.
                if last_try:
                    raise
        raise AssertionError("the loop returns or raises")
