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

# The care desk follows its cases: whatever a case's page shows of it says so at commit. `case_changed` carries its id.
NEWS = """
CREATE FUNCTION case_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('case_changed', (to_jsonb(NEW) ->> TG_ARGV[0]));
    RETURN NULL;
END $$;
CREATE TRIGGER cases_changed AFTER INSERT OR UPDATE ON cases
    FOR EACH ROW EXECUTE FUNCTION case_changed('id');
CREATE TRIGGER case_events_changed AFTER INSERT ON case_events
    FOR EACH ROW EXECUTE FUNCTION case_changed('case_id');
CREATE TRIGGER case_notes_changed AFTER INSERT ON case_notes
    FOR EACH ROW EXECUTE FUNCTION case_changed('case_id');

CREATE FUNCTION cases_of_conversation_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('case_changed', id::text) FROM cases
        WHERE conversation_id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid AND state <> 'resolved';
    RETURN NULL;
END $$;
CREATE TRIGGER messages_of_case_changed AFTER INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION cases_of_conversation_changed('conversation_id');
CREATE TRIGGER deliveries_of_case_changed AFTER UPDATE OF status ON deliveries
    FOR EACH ROW WHEN (NEW.conversation_id IS NOT NULL AND NEW.status <> OLD.status)
    EXECUTE FUNCTION cases_of_conversation_changed('conversation_id');
CREATE TRIGGER holds_of_case_changed AFTER UPDATE OF held_by ON conversations
    FOR EACH ROW WHEN (NEW.held_by IS DISTINCT FROM OLD.held_by)
    EXECUTE FUNCTION cases_of_conversation_changed('id');
"""


def upgrade() -> None:
    for statement in (CLAIMS, NOTES, HOLDS, NEWS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER holds_of_case_changed ON conversations;
        DROP TRIGGER deliveries_of_case_changed ON deliveries;
        DROP TRIGGER messages_of_case_changed ON messages;
        DROP TRIGGER case_events_changed ON case_events;
        DROP TRIGGER cases_changed ON cases;
        ALTER TABLE conversations DROP COLUMN held_by, DROP COLUMN held_since, DROP COLUMN held_until;
        DROP TABLE case_notes;
        ALTER TABLE cases DROP COLUMN assignee_id, DROP COLUMN claimed_at, DROP COLUMN resolution;
        DROP FUNCTION case_changed, cases_of_conversation_changed;
    """)
