"""The worker's parts, put together from the settings."""

from __future__ import annotations

import httpx
from procrastinate import App

from bot.database import Database
from bot.jobs.app import make_app
from bot.jobs.rasa_client import RasaClient
from bot.jobs.turns import TurnRunner
from bot.replies import Replies
from bot.settings import Settings


def worker_parts(settings: Settings, http: httpx.AsyncClient) -> tuple[App, Database]:
    """The queue with its tasks, and the database that they use.

    Raises DatabaseUnavailable, ContentError, SettingError.
    """
    settings.require("database_url", "rasa_token")
    database = Database(settings.database_url)
    replies = Replies.load(settings.data_dir)
    rasa = RasaClient(http, settings.rasa_url, settings.rasa_token, settings.turn_timeout_seconds)
    turns = TurnRunner(database, rasa, replies.to)
    return make_app(database.url, turns), database
