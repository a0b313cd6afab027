"""The worker's parts, put together from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from procrastinate import App

from bot.channels.registry import senders
from bot.content.facts import FactBook
from bot.conversations.hand_over import Terms
from bot.database import Database
from bot.jobs.app import make_app
from bot.jobs.chores import Chore, chores
from bot.jobs.deliveries import Courier
from bot.jobs.rasa_client import RasaClient
from bot.jobs.turns import TurnRunner
from bot.replies import Replies
from bot.settings import Settings


@dataclass(frozen=True)
class WorkerParts:
    """The queue with its tasks, the chores, and what they use: courier and database are to be closed after them."""

    app: App
    chores: Sequence[Chore]
    courier: Courier
    database: Database


def worker_parts(settings: Settings, http: httpx.AsyncClient) -> WorkerParts:
    """The worker for these settings.

    Raises DatabaseUnavailable, ContentError, SettingError.
    """
    settings.require("database_url", "rasa_token")
    database = Database(settings.database_url)
    replies = Replies.load(settings.data_dir)
    rasa = RasaClient(http, settings.rasa_url, settings.rasa_token, settings.turn_timeout_seconds)
    facts = FactBook.load(settings.data_dir / "facts.yml")
    courier = Courier(database, senders(settings, facts))
    turns = TurnRunner(database, rasa, replies.to, show_typing=courier.show_typing)
    return WorkerParts(
        make_app(database.url, turns, courier), chores(database, Terms.load(settings)), courier, database
    )
