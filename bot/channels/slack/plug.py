"""Slack, as the front door, the job worker and `serve` know it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.plug import ChannelParts, Door, ExtraProcess
from bot.channels.sending import Sender
from bot.channels.slack.setup import NAME, SOCKET, SlackSetup, slack_setup
from bot.content.facts import FactBook
from bot.settings import Settings


class SlackChannel:
    """Patients in direct messages, and case alerts for clinicians in a channel."""

    name = NAME

    def check(self, settings: Settings) -> str:
        """Raises SettingError."""
        setup = slack_setup(settings)
        return "" if setup is None else setup.note

    def takes_alerts(self, settings: Settings) -> bool:
        return bool(_on(settings).alert_channel)

    def door(self, parts: ChannelParts) -> Door:
        # Slack's libraries are for the processes that use them.
        from bot.channels.slack.door import slack_door

        return slack_door(_on(parts.settings), parts)

    def sender(self, settings: Settings, facts: FactBook) -> Sender:
        from bot.channels.slack.sender import SlackSender
        from bot.channels.words import ChannelWords
        from bot.database import Database

        database = Database(settings.database_url, pool_size=4)
        return SlackSender(_on(settings), database, facts, ChannelWords.load(settings), settings.public_url)

    def processes(self, settings: Settings) -> Sequence[ExtraProcess]:
        if _on(settings).mode != SOCKET:
            return ()
        return (ExtraProcess("Slack", "bot.channels.slack.socket_mode", "slack.log"),)


def _on(settings: Settings) -> SlackSetup:
    setup = slack_setup(settings)
    assert setup is not None, "only asked for when it is switched on"
    return setup
