"""Channels: provider events that were taken in, and the outbox of what has to reach somebody.

A delivery row commits together with what it delivers. Rows of one stream are sent in the order of their numbers.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INBOUND = """
CREATE TABLE inbound_events (
    channel text NOT NULL CHECK (channel ~ '^[a-z][a-z_]{0,31}$'),
    event_id text NOT NULL CHECK (char_length(event_id) BETWEEN 1 AND 200),
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, event_id)
);
CREATE INDEX inbound_events_at ON inbound_events (at);
"""

DELIVERIES = """
CREATE TABLE deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (char_length(key) BETWEEN 1 AND 200),
    stream text NOT NULL CHECK (char_length(stream) BETWEEN 1 AND 200),
    channel text NOT NULL CHECK (channel ~ '^[a-z][a-z_]{0,31}$'),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{0,31}$'),
    recipient text,
    conversation_id uuid REFERENCES conversations (id),
    message_id uuid REFERENCES messages (id),
    case_id uuid REFERENCES cases (id),
    payload jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'blocked', 'dead', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    provider_ids text[] NOT NULL DEFAULT '{}',
    problem text,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    lease_until timestamptz,
    finished_at timestamptz,
    CHECK ((status = 'sending') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('pending', 'sending')) = (finished_at IS NULL)),
    CHECK (message_id IS NULL OR conversation_id IS NOT NULL)
);
CREATE INDEX deliveries_waiting ON deliveries (stream, id) WHERE status IN ('pending', 'sending');
CREATE INDEX deliveries_stream ON deliveries (stream, id);
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_conversation ON deliveries (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX deliveries_case ON deliveries (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX deliveries_message ON deliveries (message_id) WHERE message_id IS NOT NULL;
"""

MESSAGE_KINDS = """
ALTER TABLE messages DROP CONSTRAINT messages_check3;
ALTER TABLE messages ADD CONSTRAINT messages_author_and_kind CHECK (
    (author = 'patient' AND kind IN ('text', 'button'))
    OR (author = 'assistant'
        AND kind IN ('disclaimer', 'urgent_help', 'answer', 'case_notice', 'apology', 'notice'))
    OR (author = 'clinician' AND kind = 'note')
);
"""

EVENT_KINDS = """
ALTER TABLE case_events DROP CONSTRAINT case_events_kind_check;
ALTER TABLE case_events ADD CONSTRAINT case_events_kind_check CHECK (kind IN (
    'opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified', 'delivery_failed', 'acknowledged',
    'in_progress', 'resolved', 'reopened', 'lapsed', 'erasure_requested', 'content_erased', 'patient_unreached'
));
"""


def upgrade() -> None:
    for statement in (INBOUND, DELIVERIES, MESSAGE_KINDS, EVENT_KINDS):
        op.execute(statement)


def downgrade() -> None:
    """Only while no message and no event is of a kind that the older rules do not know."""
    op.execute("""
        DROP TABLE deliveries, inbound_events;
        ALTER TABLE messages DROP CONSTRAINT messages_author_and_kind;
        ALTER TABLE messages ADD CONSTRAINT messages_check3 CHECK (
            (author = 'patient' AND kind IN ('text', 'button'))
            OR (author = 'assistant' AND kind IN ('disclaimer', 'urgent_help', 'answer', 'case_notice', 'apology'))
            OR (author = 'clinician' AND kind = 'note')
        );
        ALTER TABLE case_events DROP CONSTRAINT case_events_kind_check;
        ALTER TABLE case_events ADD CONSTRAINT case_events_kind_check CHECK (kind IN (
            'opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified', 'delivery_failed', 'acknowledged',
            'in_progress', 'resolved', 'reopened', 'lapsed', 'erasure_requested', 'content_erased'
        ));
    """)
