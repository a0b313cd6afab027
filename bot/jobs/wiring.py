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
from bot.escalation.page_keeper import PageKeeper
from bot.escalation.pages import PAGE, PAGE_ALARM
from bot.escalation.patient_truth import PatientTruth
from bot.escalation.patient_words import PatientWords
from bot.escalation.runner import Runner
from bot.escalation.setting import load_policy
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

    Raises DatabaseUnavailable, ContentError, SafetyDataError, SettingError, PolicyError.
    """
    settings.require("database_url", "rasa_token")
    database = Database(settings.database_url)
    replies = Replies.load(settings.data_dir)
    rasa = RasaClient(http, settings.rasa_url, settings.rasa_token, settings.turn_timeout_seconds)
    facts = FactBook.load(settings.data_dir / "facts.yml")
    policy = load_policy(settings)
    keeper = PageKeeper(policy)
    courier = Courier(database, senders(settings, facts), keepers={PAGE: keeper, PAGE_ALARM: keeper})
    runner = Runner(database, policy, PatientTruth(PatientWords.load(settings)))
    turns = TurnRunner(database, rasa, replies.to, show_typing=courier.show_typing)
    return WorkerParts(
        make_app(database.url, turns, courier, runner),
        chores(database, Terms.load(settings), runner, settings.sample_size),
        courier,
        database,
    )
