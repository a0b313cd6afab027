"""The worker's part that pages, as a process of its own: the real queue, courier, runner and chores, without Rasa."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from bot.channels.apprise.sender import AppriseSender
from bot.conversations.hand_over import Terms
from bot.database import Database
from bot.escalation.links import CaseLinks
from bot.escalation.page_keeper import PageKeeper
from bot.escalation.pages import CHANNEL, PAGE, PAGE_ALARM
from bot.escalation.patient_truth import PatientTruth
from bot.escalation.patient_words import PatientWords
from bot.escalation.policy import Policy
from bot.escalation.runner import Runner
from bot.jobs.app import make_app
from bot.jobs.chores import chores
from bot.jobs.deliveries import Courier
from bot.jobs.worker import work
from bot.settings import Settings
from tests.support.on_call import DESK, SECRET


def run(database_url: str, policy: Policy) -> None:
    """Until it is killed."""
    logging.disable(logging.CRITICAL)
    database = Database(database_url, connect_timeout=2)
    sender = AppriseSender(policy, database, CaseLinks(SECRET, DESK), "Elm Street Clinic")
    keeper = PageKeeper(policy)
    courier = Courier(database, {CHANNEL: sender}, keepers={PAGE: keeper, PAGE_ALARM: keeper})
    runner = Runner(database, policy, PatientTruth(PatientWords.load(Settings())))
    turns: Any = None  # no patient writes here
    app = make_app(database.url, turns, courier, runner)
    asyncio.run(work(app, chores(database, Terms.load(Settings()), runner), asyncio.Event(), patience=1))
