"""How a channel plugs in: what the front door, the job worker and `serve` ask of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from bot.channels.inbox import Inbox, Platform
from bot.channels.sending import Sender
from bot.channels.words import ChannelWords
from bot.content.facts import FactBook
from bot.conversations.service import ConversationService
from bot.database import Database
from bot.settings import Settings


@dataclass(frozen=True)
class ChannelParts:
    """What a channel's side of the front door may use. The service is synchronous: call it in a thread."""

    settings: Settings
    database: Database
    service: ConversationService
    facts: FactBook
    words: ChannelWords
    clock: Callable[[], datetime]

    def inbox(self, platform: Platform) -> Inbox:
        return Inbox(self.service, self.words, self.settings.region, platform)


@dataclass(frozen=True)
class Door:
    """A channel's side of the front door: its routes, all below /channels/NAME/, and how to close what they hold."""

    routes: Sequence[BaseRoute]
    close: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class ExtraProcess:
    """A process that `serve` runs besides its own, as `python -m MODULE`, after the front door."""

    name: str
    module: str
    log: str


class Channel(Protocol):
    """One channel. Its name is that of its conversations and deliveries."""

    @property
    def name(self) -> str: ...

    def check(self, settings: Settings) -> str:
        """How it is set up, in a few words; empty when it is switched off.

        Raises SettingError when it is set up by half, naming what is missing.
        """
        ...

    def takes_alerts(self, settings: Settings) -> bool:
        """Whether clinicians are told of cases here. Only asked for when it is switched on."""
        ...

    def door(self, parts: ChannelParts) -> Door:
        """Only asked for when it is switched on."""
        ...

    def sender(self, settings: Settings, facts: FactBook) -> Sender:
        """Only asked for when it is switched on."""
        ...

    def processes(self, settings: Settings) -> Sequence[ExtraProcess]:
        """Only asked for when it is switched on."""
        ...
