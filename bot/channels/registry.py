"""The channels that there are. A new one is named here."""

from __future__ import annotations

from typing import Final

from bot.channels.apprise.plug import AppriseChannel
from bot.channels.fhir.plug import FhirChannel
from bot.channels.plug import Channel, ChannelParts, Door, ExtraProcess
from bot.channels.sending import Sender
from bot.channels.slack.plug import SlackChannel
from bot.channels.telegram.plug import TelegramChannel
from bot.content.facts import FactBook
from bot.settings import Settings

CHANNELS: Final[tuple[Channel, ...]] = (SlackChannel(), TelegramChannel(), AppriseChannel(), FhirChannel())


def switched_on(settings: Settings) -> list[Channel]:
    """Raises SettingError when a channel is set up by half."""
    return [channel for channel in CHANNELS if channel.check(settings)]


def senders(settings: Settings, facts: FactBook) -> dict[str, Sender]:
    """The way out of each channel that is switched on. Raises SettingError."""
    return {channel.name: channel.sender(settings, facts) for channel in switched_on(settings)}


def alert_channels(settings: Settings) -> tuple[str, ...]:
    """The channels on which clinicians are told of cases. Raises SettingError."""
    return tuple(channel.name for channel in switched_on(settings) if channel.takes_alerts(settings))


def doors(parts: ChannelParts) -> list[Door]:
    """The way in of each channel that is switched on. Raises SettingError."""
    return [channel.door(parts) for channel in switched_on(parts.settings)]


def extra_processes(settings: Settings) -> list[ExtraProcess]:
    """What `serve` runs for the channels. Raises SettingError."""
    return [process for channel in switched_on(settings) for process in channel.processes(settings)]


def check_channels(settings: Settings) -> str:
    """How each channel is set up, in a line. Raises SettingError."""
    notes = [f"{channel.name}: {note}" for channel in CHANNELS if (note := channel.check(settings))]
    return "; ".join(notes) or "website only"
