"""`python -m bot fhir check`: can cases be sent to the record system?"""

from __future__ import annotations

import asyncio

from bot.channels.fhir.capabilities import ask_record_system
from bot.channels.fhir.setup import fhir_setup
from bot.errors import SettingError
from bot.settings import Settings


def check(settings: Settings) -> list[str]:
    """Raises SettingError, FhirTrouble."""
    setup = fhir_setup(settings)
    if setup is None:
        raise SettingError("FHIR_BASE_URL", "is not set", "docs/fhir.md says how to set FHIR up")
    return [setup.note, *asyncio.run(ask_record_system(setup))]
