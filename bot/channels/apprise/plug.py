"""Paging, as the job worker and `serve` know it. Nothing comes in this way."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.plug import ChannelParts, Door, ExtraProcess
from bot.channels.sending import Sender
from bot.content.facts import FactBook
from bot.escalation.pages import CHANNEL
from bot.settings import Settings


class AppriseChannel:
    """Switched on by POLICY_FILE."""

    name = CHANNEL

    def check(self, settings: Settings) -> str:
        return "pages to clinicians" if settings.policy_file else ""

    def takes_alerts(self, settings: Settings) -> bool:
        """Pages follow the policy's ladder instead."""
        return False

    def door(self, parts: ChannelParts) -> Door:
        async def close() -> None:
            return None

        return Door((), close)

    def sender(self, settings: Settings, facts: FactBook) -> Sender:
        """Raises PolicyError, SettingError."""
        # The library is for the process that sends.
        from bot.channels.apprise.sender import AppriseSender
        from bot.database import Database
        from bot.escalation.links import CaseLinks
        from bot.escalation.setting import desk_address, load_policy

        settings.require("secret_key")
        policy = load_policy(settings)
        assert policy is not None, "only asked for when it is switched on"
        links = CaseLinks(settings.secret_key, desk_address(settings))
        database = Database(settings.database_url, pool_size=4)
        return AppriseSender(policy, database, links, settings.clinic_name)

    def processes(self, settings: Settings) -> Sequence[ExtraProcess]:
        return ()
