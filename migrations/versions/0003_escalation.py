"""Escalation: when a case is paged next, and what its trail may say.

`next_step_at` is the only clock of a case: the next page while nobody has acknowledged it, then the moment at which an
acknowledgement without action lapses. Empty: nothing more is due.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LADDER = """
ALTER TABLE cases
    ADD COLUMN ladder_round integer NOT NULL DEFAULT 1 CHECK (ladder_round > 0),
    ADD COLUMN ladder_started_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN ladder_page integer NOT NULL DEFAULT 0 CHECK (ladder_page >= 0),
    ADD COLUMN next_step_at timestamptz;
UPDATE cases SET ladder_started_at = opened_at, next_step_at = now()
    WHERE state IN ('open', 'notified', 'reopened', 'delivery_failed');
CREATE INDEX cases_next_step ON cases (next_step_at) WHERE next_step_at IS NOT NULL;
"""

EVENT_KINDS = """
ALTER TABLE case_events DROP CONSTRAINT case_events_kind_check;
ALTER TABLE case_events ADD CONSTRAINT case_events_kind_check CHECK (kind IN (
    'opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified', 'delivery_failed', 'acknowledged',
    'in_progress', 'resolved', 'reopened', 'lapsed', 'erasure_requested', 'content_erased', 'patient_unreached',
    'paged', 'page_sent', 'nobody_to_page', 'deadline_missed', 'patient_told_unseen', 'patient_told_seen',
    'claimed', 'released', 'note_added', 'replied', 'patient_answered', 'conversation_held', 'conversation_returned'
));
"""


def upgrade() -> None:
    for statement in (LADDER, EVENT_KINDS):
        op.execute(statement)


def downgrade() -> None:
    """Only while no event is of a kind that the older rules do not know."""
    op.execute("""
        ALTER TABLE case_events DROP CONSTRAINT case_events_kind_check;
        ALTER TABLE case_events ADD CONSTRAINT case_events_kind_check CHECK (kind IN (
            'opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified', 'delivery_failed', 'acknowledged',
            'in_progress', 'resolved', 'reopened', 'lapsed', 'erasure_requested', 'content_erased', 'patient_unreached'
        ));
        ALTER TABLE cases DROP COLUMN ladder_round, DROP COLUMN ladder_started_at, DROP COLUMN ladder_page,
            DROP COLUMN next_step_at;
    """)
