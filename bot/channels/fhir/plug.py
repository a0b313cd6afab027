"""The record system, as the front door, the job worker and `serve` know it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.fhir.setup import NAME, fhir_setup
from bot.channels.plug import ChannelParts, Door, ExtraProcess
from bot.channels.sending import Sender
from bot.content.facts import FactBook
from bot.settings import Settings


class FhirChannel:
    """Cases go out; nothing comes in."""

    name = NAME

    def check(self, settings: Settings) -> str:
        """Raises SettingError."""
        setup = fhir_setup(settings)
        return "" if setup is None else setup.note

    def takes_alerts(self, settings: Settings) -> bool:
        return True

    def door(self, parts: ChannelParts) -> Door:
        return Door((), _nothing_to_close)

    def sender(self, settings: Settings, facts: FactBook) -> Sender:
        # The libraries are for the process that sends.
        from bot.channels.fhir.sender import FhirSender
        from bot.database import Database

        setup = fhir_setup(settings)
        assert setup is not None, "only asked for when it is switched on"
        return FhirSender(setup, Database(settings.database_url, pool_size=4))

    def processes(self, settings: Settings) -> Sequence[ExtraProcess]:
        return ()


async def _nothing_to_close() -> None:
    return
