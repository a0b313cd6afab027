"""A conversation service over a real database, for tests below the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from bot.conversations.hand_over import Terms
from bot.conversations.service import ConversationService, utc_now
from bot.conversations.values import Conversation, MessageReader
from bot.database import Database
from tests.support.reader import KeywordReader, rule_book

DISCLAIMER = "I am a computer program, not a doctor [M40]."


class PlainWords:
    """Words that tests can recognise; nothing urgent about wanting a person."""

    def disclaimer(self, region: str) -> str:
        return DISCLAIMER

    def urgent_help(self, category: str, tier: int, region: str, language: str | None = None) -> str:
        return "" if category == "request_human" else f"urgent help: {category}, tier {tier}, {region}"


def service_over(
    database: Database,
    reader: MessageReader | None = None,
    clock: Callable[[], datetime] = utc_now,
    *,
    terms: Terms | None = None,
    alert_channels: Sequence[str] = (),
) -> ConversationService:
    return ConversationService(
        database,
        reader or KeywordReader(),
        rule_book(),
        PlainWords(),
        alert_channels=alert_channels,
        terms=terms,
        clock=clock,
    )


def new_conversation(service: ConversationService) -> Conversation:
    session = service.start(channel="widget", region="US", language="en", lifetime=timedelta(days=1))
    return service.of_token(session.token)


def rows(database: Database, sql: str, **values: object) -> list[sa.engine.Row]:
    with database.transaction() as session:
        return list(session.execute(sa.text(sql), values).all())


def jobs_of(database: Database, conversation_id: UUID) -> list[sa.engine.Row]:
    return rows(
        database,
        "SELECT * FROM procrastinate_jobs WHERE args ->> 'conversation_id' = :id ORDER BY id",
        id=str(conversation_id),
    )
