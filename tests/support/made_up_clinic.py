"""A month of a made-up clinic, the same each time: for pages that have something to show."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from bot.conversations.rating import HELPED, MISSED
from bot.database import Database
from bot.insight.samples import pick
from bot.understanding.reading import Reading
from tests.support.timelines import Happening, MadeUp

DAYS: Final = 30
DAY: Final = 24 * 60.0
TOPICS: Final = (
    "dry_skin_lips", "alcohol", "sun_sensitivity", "missed_dose", "how_to_take", "when_results_appear", "liver",
    "joint_muscle_pain", "nosebleeds", "contraception", "skincare_routine", "monitoring",
)  # fmt: skip
QUESTIONS: Final = (
    ("can i get a tattoo while on it", "tattoo during treatment ok?", "is it safe to have a tattoo done"),
    ("are lip fillers allowed", "can i have botox while taking it"),
    ("how much does it cost", "what is the price per month", "is it expensive"),
    ("are the capsules vegan", "is there gelatin in the capsules"),
    ("can i donate blood",),
    ("does it help rosacea", "would it work on rosacea"),
)
CONCERNS: Final = (
    ("concern_mood", 2, 9),
    ("concern_serious_side_effect", 2, 8),
    ("concern_pregnancy", 1, 6),
    ("request_human", 3, 7),
    ("concern_suicidal", 1, 2),
)
HARMLESS: Final = (
    ("hi, started my second month today", "share_update"),
    ("lips are like sandpaper but skin is clearer", "share_update"),
    ("thanks, that helps", "thanks"),
    ("I don't really see the point of anything lately", "share_update"),
)


def month(database: Database, now: datetime) -> MadeUp:
    """Thirty days up to `now`, with samples picked."""
    chance = random.Random(5)
    clinic = MadeUp(database, now - timedelta(days=DAYS))
    for day in range(DAYS):
        busy = 3 if day % 7 in (5, 6) else 8
        for _ in range(busy + chance.randrange(6)):
            _conversation(clinic, day * DAY + chance.uniform(7, 22) * 60, chance)
    for category, tier, count in CONCERNS:
        for _ in range(count):
            _case(clinic, category, tier, chance)
    for number, group in enumerate(QUESTIONS):
        for text in group:
            for _ in range(chance.randrange(1, 4)):
                status = "answered" if number == 3 and text != group[-1] else "new"
                clinic.unanswered(
                    text, chance.uniform(0, DAYS * DAY - 60), chance.choice(("widget", "telegram")), status
                )
    with database.transaction() as session:
        pick(session, 8, now)
    return clinic


def _conversation(clinic: MadeUp, minutes: float, chance: random.Random) -> None:
    conversation = clinic.conversation(chance.choice(("widget", "widget", "widget", "telegram", "slack")))
    for turn in range(chance.randrange(1, 4)):
        at = minutes + 2 * turn
        kind = chance.random()
        if kind < 0.12:
            text, intent = chance.choice(HARMLESS)
            clinic.wrote(conversation, text, at, reading=Reading(text, intent, 0.9))
        elif kind < 0.22:
            clinic.wrote(conversation, "a question", at, reading=Reading("a question", "not_in_source", 0.9))
        elif kind < 0.28:
            clinic.wrote(conversation, "hm", at, reading=Reading("hm", "unsure", 0.9))
        else:
            topic = TOPICS[min(int(chance.expovariate(0.35)), len(TOPICS) - 1)]
            text = f"a question about {topic.replace('_', ' ')}"
            reading = Reading(text, "faq", 0.9, topics=(topic,), uncovered=kind > 0.95)
            asked = clinic.wrote(conversation, text, at, reading=reading)
            buttons = (HELPED, MISSED) if turn == 0 else ()
            answer = clinic.said(conversation, asked, at, topics=(topic,), buttons=buttons)
            if buttons and chance.random() < 0.35:
                clinic.rated(answer, chance.random() < 0.8, at + 1)


def _case(clinic: MadeUp, category: str, tier: int, chance: random.Random) -> None:
    scale = {1: 1.0, 2: 9.0, 3: 40.0}[tier]
    seen = chance.uniform(2, 16) * scale
    happened: list[Happening] = [("notified", chance.uniform(0.2, 1.5)), ("acknowledged", seen)]
    if chance.random() < 0.15:
        happened += [("lapsed", seen + 30), ("acknowledged", seen + 45)]
        seen += 45
    happened += [
        ("in_progress", seen + chance.uniform(1, 10) * scale),
        ("replied", seen + chance.uniform(10, 30) * scale),
    ]
    if seen > 14 * scale:
        happened.append(("deadline_missed", 14 * scale))
    if chance.random() < 0.1:
        happened.append(("delivery_failed", 1.0))
    resolution = chance.choice(("contacted", "contacted", "contacted", "referred", "false_positive", None))
    if resolution:
        happened.append(("resolved", seen + 60 * scale, {"resolution": resolution}))
    channel = chance.choice(("widget", "widget", "telegram"))
    minutes = chance.uniform(0, (DAYS - 4) * DAY)
    clinic.case(tier, happened, minutes, category=category, channel=channel, resolution=resolution)
