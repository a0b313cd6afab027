"""`python -m bot slack status`: is Slack set up as it must be?"""

from __future__ import annotations

import asyncio

from bot.channels.slack.setup import slack_setup
from bot.channels.slack.status import ask_slack, check_clinicians
from bot.database import Database
from bot.errors import SettingError
from bot.runtime.database_address import migrated_database
from bot.settings import Settings


def status(settings: Settings) -> list[str]:
    """Raises SettingError, SlackTrouble, DatabaseUnavailable."""
    setup = slack_setup(settings)
    if setup is None:
        raise SettingError("SLACK_BOT_TOKEN", "is not set", "docs/slack.md says how to set Slack up")
    lines = [setup.note, *asyncio.run(ask_slack(setup))]
    if not setup.clinicians:
        return lines
    with migrated_database(settings) as url:
        database = Database(url)
        try:
            with database.transaction() as session:
                lines.append(check_clinicians(session, setup))
        finally:
            database.dispose()
    return lines
