"""The tables of this package, for queries. Constraints and triggers stand in migrations/."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot.database import metadata

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("conversation_id", pg.UUID(as_uuid=True), sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("message_id", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("tier", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("evidence_start", sa.Integer, nullable=False),
    sa.Column("evidence_end", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detector_version", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("contact_phone", sa.Text),
    sa.Column("contact_email", sa.Text),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("resolved_reason", sa.Text),
    sa.Column("ladder_round", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ladder_started_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("ladder_page", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_step_at", sa.DateTime(timezone=True)),
    sa.Column("page_again_at", sa.DateTime(timezone=True)),
    sa.Column("acted_at", sa.DateTime(timezone=True)),
    sa.Column("missed_round", sa.Integer, nullable=False, server_default="0"),
    sa.Column("told_seen_round", sa.Integer, nullable=False, server_default="0"),
    sa.Column("assignee_id", pg.UUID(as_uuid=True)),
    sa.Column("claimed_at", sa.DateTime(timezone=True)),
    sa.Column("resolution", sa.Text),
)

case_events = sa.Table(
    "case_events",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("case_id", pg.UUID(as_uuid=True), sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("message_id", pg.UUID(as_uuid=True), sa.ForeignKey("messages.id")),
    sa.Column("details", pg.JSONB, nullable=False, server_default="{}"),
)

case_notes = sa.Table(
    "case_notes",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("case_id", pg.UUID(as_uuid=True), sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)
