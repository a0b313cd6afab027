"""The tables of this package, for queries. Constraints and triggers stand in migrations/."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot.database import metadata

desk_users = sa.Table(
    "desk_users",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("totp_secret", sa.LargeBinary),
    sa.Column("totp_confirmed_at", sa.DateTime(timezone=True)),
    sa.Column("totp_last_step", sa.BigInteger),
    sa.Column("oidc_subject", sa.Text),
    sa.Column("last_sign_in_at", sa.DateTime(timezone=True)),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", pg.UUID(as_uuid=True), sa.ForeignKey("desk_users.id"), primary_key=True),
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    sa.Column("used_at", sa.DateTime(timezone=True)),
)

desk_sessions = sa.Table(
    "desk_sessions",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("user_id", pg.UUID(as_uuid=True), sa.ForeignKey("desk_users.id"), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("second_factor", sa.Boolean, nullable=False, server_default=sa.false()),
)

sign_in_tries = sa.Table(
    "sign_in_tries",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("wait_until", sa.DateTime(timezone=True), nullable=False),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("user_id", pg.UUID(as_uuid=True), sa.ForeignKey("desk_users.id"), primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
