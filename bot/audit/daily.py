"""The trail's last seal, written into the log once a day: where logs leave the machine, it is kept elsewhere."""

from __future__ import annotations

import logging
from typing import Final

from bot.audit.proof import last_seal
from bot.database import Database

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 24 * 3600.0


def log_seal(database: Database) -> int:
    """Nothing while the trail is empty. Always 0: there is nothing to do about it. Raises DatabaseUnavailable."""
    with database.transaction() as session:
        found = last_seal(session)
    if found is not None:
        log.info("audit trail, last entry and its seal: %s", found[0])
    return 0
