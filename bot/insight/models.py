"""The tables of this package, for queries. Constraints and triggers stand in migrations/."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot.database import metadata

ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("message_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

review_samples = sa.Table(
    "review_samples",
    metadata,
    sa.Column("message_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("week", sa.Date, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("labels", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("concern", sa.Text),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("reviewed_at", sa.DateTime(timezone=True)),
)
