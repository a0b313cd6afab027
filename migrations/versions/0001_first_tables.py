"""First tables: conversations, messages, cases, the care desk, unanswered questions.

The rules that must hold whoever writes (front door, actions, desk, a person with psql) stand here as constraints
and triggers: message numbers without gaps, one unresolved case for each conversation and category, a case's tier that
only rises, its permitted state changes, and an event trail that cannot be edited.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CONVERSATIONS = """
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    channel text NOT NULL CHECK (channel ~ '^[a-z][a-z_]{0,31}$'),
    external_id text,
    region text NOT NULL,
    language text NOT NULL,
    token_hash bytea UNIQUE CHECK (octet_length(token_hash) = 32),
    token_expires_at timestamptz,
    last_seq integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CHECK ((token_hash IS NULL) = (token_expires_at IS NULL)),
    CHECK (deleted_at IS NULL OR token_hash IS NULL)
);
CREATE UNIQUE INDEX conversations_external_id ON conversations (channel, external_id) WHERE deleted_at IS NULL;
"""

MESSAGES = """
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    seq integer NOT NULL CHECK (seq > 0),
    author text NOT NULL CHECK (author IN ('patient', 'assistant', 'clinician')),
    kind text NOT NULL,
    text text,
    client_id text CHECK (char_length(client_id) BETWEEN 1 AND 64),
    in_reply_to uuid REFERENCES messages (id),
    buttons jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(buttons) = 'array'),
    topics text[] NOT NULL DEFAULT '{}',
    concern text,
    reading jsonb,
    custom jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    UNIQUE (conversation_id, seq),
    UNIQUE (conversation_id, client_id),
    CHECK (author = 'patient' OR client_id IS NULL),
    CHECK (author = 'patient' OR answered_at IS NULL),
    CHECK (author <> 'patient' OR in_reply_to IS NULL),
    CHECK (
        (author = 'patient' AND kind IN ('text', 'button'))
        OR (author = 'assistant' AND kind IN ('disclaimer', 'urgent_help', 'answer', 'case_notice', 'apology'))
        OR (author = 'clinician' AND kind = 'note')
    )
);
CREATE INDEX messages_waiting ON messages (conversation_id) WHERE author = 'patient' AND answered_at IS NULL;
CREATE INDEX messages_in_reply_to ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;

-- The counter's row lock puts a conversation's writers in a line: numbers rise by one, a rollback gives its own back.
CREATE FUNCTION messages_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations SET last_seq = last_seq + 1 WHERE id = NEW.conversation_id RETURNING last_seq INTO NEW.seq;
    RETURN NEW;
END $$;
CREATE TRIGGER messages_number BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION messages_number();

-- Delivered at commit, to every process that listens.
CREATE FUNCTION conversation_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('conversation_changed', COALESCE(NEW.conversation_id, OLD.conversation_id)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER messages_changed AFTER INSERT OR UPDATE ON messages
    FOR EACH ROW EXECUTE FUNCTION conversation_changed();
"""

CASES = """
CREATE TABLE cases (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    message_id uuid NOT NULL REFERENCES messages (id),
    category text NOT NULL CHECK (category IN ('concern_suicidal', 'concern_mood', 'concern_pregnancy',
                                               'concern_serious_side_effect', 'request_human')),
    tier smallint NOT NULL CHECK (tier BETWEEN 1 AND 3),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'notified', 'acknowledged', 'in_progress', 'resolved',
                                                        'reopened', 'delivery_failed')),
    evidence text NOT NULL,
    evidence_start integer NOT NULL CHECK (evidence_start >= 0),
    evidence_end integer NOT NULL,
    reason text NOT NULL,
    detector_version text NOT NULL,
    channel text NOT NULL,
    contact_phone text,
    contact_email text,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    resolved_reason text CHECK (resolved_reason <> ''),
    CHECK (evidence_end >= evidence_start),
    CHECK ((state = 'resolved') = (resolved_reason IS NOT NULL))
);
CREATE UNIQUE INDEX cases_one_unresolved ON cases (conversation_id, category) WHERE state <> 'resolved';
CREATE INDEX cases_desk ON cases (tier, opened_at) WHERE state <> 'resolved';

CREATE FUNCTION cases_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tier > OLD.tier THEN
        RAISE EXCEPTION 'a case never becomes less urgent' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'open>notified', 'open>acknowledged', 'open>delivery_failed',
        'notified>acknowledged', 'notified>delivery_failed', 'notified>open',
        'delivery_failed>notified', 'delivery_failed>acknowledged', 'delivery_failed>open',
        'acknowledged>in_progress', 'acknowledged>resolved', 'acknowledged>open',
        'in_progress>resolved', 'in_progress>open',
        'resolved>reopened',
        'reopened>notified', 'reopened>acknowledged', 'reopened>delivery_failed', 'reopened>open'
    ]) THEN
        RAISE EXCEPTION 'a case does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_guard BEFORE UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION cases_guard();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % only grows: its rows are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER cases_stay BEFORE DELETE ON cases FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    kind text NOT NULL CHECK (kind IN ('opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified',
                                       'delivery_failed', 'acknowledged', 'in_progress', 'resolved', 'reopened',
                                       'lapsed', 'erasure_requested', 'content_erased')),
    actor text NOT NULL CHECK (actor <> ''),
    at timestamptz NOT NULL,
    message_id uuid REFERENCES messages (id),
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);
CREATE INDEX case_events_case ON case_events (case_id, id);
-- The front door and the dialogue's action report the same message: it counts once.
CREATE UNIQUE INDEX case_events_one_cue ON case_events (case_id, message_id) WHERE kind IN ('opened', 'cue_added');
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE ON case_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_events_no_truncate BEFORE TRUNCATE ON case_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DESK = """
CREATE TABLE desk_users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email) AND email <> ''),
    name text NOT NULL CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('clinician', 'lead')),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE desk_sessions (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES desk_users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX desk_sessions_user ON desk_sessions (user_id);
"""

UNANSWERED = """
CREATE TABLE unanswered_questions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id uuid NOT NULL UNIQUE REFERENCES messages (id),
    text text NOT NULL,
    channel text NOT NULL,
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'reviewed', 'answered', 'dismissed')),
    at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    for statement in (CONVERSATIONS, MESSAGES, CASES, DESK, UNANSWERED):
        op.execute(statement)


def downgrade() -> None:
    op.execute(
        "DROP TABLE unanswered_questions, desk_sessions, desk_users, case_events, cases, messages, conversations;"
        "DROP FUNCTION messages_number, conversation_changed, cases_guard, refuse_change;"
    )
