"""Work on cases: who has claimed one, notes, how it was resolved, and who holds a conversation instead of the bot."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLAIMS = """
ALTER TABLE cases
    ADD COLUMN assignee_id uuid REFERENCES desk_users (id),
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN resolution text CHECK (resolution IN ('contacted', 'referred', 'false_positive', 'duplicate',
                                                     'could_not_reach', 'other')),
    ADD CHECK ((assignee_id IS NULL) = (claimed_at IS NULL));
ALTER TABLE cases DISABLE TRIGGER cases_guard;
UPDATE cases SET resolution = 'other' WHERE state = 'resolved';
ALTER TABLE cases ENABLE TRIGGER cases_guard;
ALTER TABLE cases ADD CHECK ((state = 'resolved') = (resolution IS NOT NULL));
"""

NOTES = """
CREATE TABLE case_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    author text NOT NULL CHECK (author <> ''),
    text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 4000),
    at timestamptz NOT NULL
);
CREATE INDEX case_notes_case ON case_notes (case_id, id);
"""

HOLDS = """
ALTER TABLE conversations
    ADD COLUMN held_by uuid REFERENCES desk_users (id),
    ADD COLUMN held_since timestamptz,
    ADD COLUMN held_until timestamptz,
    ADD CHECK ((held_by IS NULL) = (held_since IS NULL) AND (held_by IS NULL) = (held_until IS NULL));
CREATE INDEX conversations_held ON conversations (held_until) WHERE held_until IS NOT NULL;
"""


def upgrade() -> None:
    for statement in (CLAIMS, NOTES, HOLDS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE conversations DROP COLUMN held_by, DROP COLUMN held_since, DROP COLUMN held_until;
        DROP TABLE case_notes;
        ALTER TABLE cases DROP COLUMN assignee_id, DROP COLUMN claimed_at, DROP COLUMN resolution;
    """)
