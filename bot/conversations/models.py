"""The tables of this package, for queries. Constraints and triggers stand in migrations/."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot.database import metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary),
    sa.Column("token_expires_at", sa.DateTime(timezone=True)),
    sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    sa.Column("held_by", pg.UUID(as_uuid=True)),
    sa.Column("held_since", sa.DateTime(timezone=True)),
    sa.Column("held_until", sa.DateTime(timezone=True)),
)

# What a provider has delivered to us once. Ids only.
inbound_events = sa.Table(
    "inbound_events",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("conversation_id", pg.UUID(as_uuid=True), sa.ForeignKey("conversations.id"), nullable=False),
    # Numbered by a trigger; the client never sends it.
    sa.Column("seq", sa.Integer, nullable=False, server_default=sa.FetchedValue()),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("client_id", sa.Text),
    sa.Column("in_reply_to", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id")),
    sa.Column("buttons", pg.JSONB, nullable=False, server_default="[]"),
    sa.Column("topics", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("concern", sa.Text),
    sa.Column("reading", pg.JSONB(none_as_null=True)),
    sa.Column("custom", pg.JSONB(none_as_null=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("answered_at", sa.DateTime(timezone=True)),
)

unanswered_questions = sa.Table(
    "unanswered_questions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("message_id", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="new"),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("message_id", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

review_samples = sa.Table(
    "review_samples",
    metadata,
    sa.Column("message_id", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("week", sa.Date, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("labels", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("concern", sa.Text),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("reviewed_at", sa.DateTime(timezone=True)),
)
