"""The audit trail: append-only, numbered without gaps, each entry sealed together with the one before it."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AUDIT = """
CREATE TABLE audit_entries (
    number bigint PRIMARY KEY CHECK (number > 0),
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    action text NOT NULL CHECK (action ~ '^[a-z][a-z_]{0,63}$'),
    subject_kind text NOT NULL CHECK (subject_kind ~ '^[a-z][a-z_]{0,31}$'),
    subject text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
    previous bytea NOT NULL UNIQUE CHECK (octet_length(previous) = 32),
    seal bytea NOT NULL UNIQUE CHECK (octet_length(seal) = 32)
);
CREATE INDEX audit_entries_subject ON audit_entries (subject_kind, subject, number);
CREATE INDEX audit_entries_actor ON audit_entries (actor, number);
CREATE INDEX audit_entries_at ON audit_entries (at);
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Also for a session that calls itself a replica.
ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_append_only,
    ENABLE ALWAYS TRIGGER audit_entries_no_truncate;
"""


def upgrade() -> None:
    op.execute(AUDIT)


def downgrade() -> None:
    op.execute("DROP TABLE audit_entries")
