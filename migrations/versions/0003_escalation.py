"""Escalation: when a case is paged next, and what its trail may say.

`next_step_at` is the only clock of a case: when it must be looked at next. While nobody has acknowledged it, that is
the next page or the deadline; then the moment at which an acknowledgement without action lapses. Empty: nothing is due.
A round is one wait for an acknowledgement; `missed_round` and `told_seen_round` name the round in which the deadline
passed and in which the patient was told that somebody has seen the case. `page_again_at`: news came while it waited.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LADDER = """
ALTER TABLE cases
    ADD COLUMN ladder_round integer NOT NULL DEFAULT 0 CHECK (ladder_round >= 0),
    ADD COLUMN ladder_started_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN ladder_page integer NOT NULL DEFAULT 0 CHECK (ladder_page >= 0),
    ADD COLUMN next_step_at timestamptz,
    ADD COLUMN page_again_at timestamptz,
    ADD COLUMN acted_at timestamptz,
    ADD COLUMN missed_round integer NOT NULL DEFAULT 0,
    ADD COLUMN told_seen_round integer NOT NULL DEFAULT 0;
-- Those that wait are paged from now on; their patients were promised no word about the deadline. An acknowledgement
-- from before lapses like any other, counted from now.
UPDATE cases SET ladder_round = 1, ladder_started_at = now(), next_step_at = now(), missed_round = 1
    WHERE state IN ('open', 'notified', 'reopened', 'delivery_failed');
UPDATE cases SET ladder_round = 1, acted_at = now(), next_step_at = now(), told_seen_round = 1
    WHERE state IN ('acknowledged', 'in_progress');
CREATE INDEX cases_next_step ON cases (next_step_at) WHERE next_step_at IS NOT NULL;
"""

EVENT_KINDS = """
ALTER TABLE case_events DROP CONSTRAINT case_events_kind_check;
ALTER TABLE case_events ADD CONSTRAINT case_events_kind_check CHECK (kind IN (
    'opened', 'cue_added', 'tier_raised', 'contact_recorded', 'notified', 'delivery_failed', 'acknowledged',
    'in_progress', 'resolved', 'reopened', 'lapsed', 'erasure_requested', 'content_erased', 'patient_unreached',
    'paged', 'page_sent', 'page_failed', 'nobody_to_page',
    'deadline_missed', 'patient_told_unseen', 'patient_told_seen',
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
            DROP COLUMN next_step_at,
            DROP COLUMN page_again_at, DROP COLUMN acted_at, DROP COLUMN missed_round, DROP COLUMN told_seen_round;
    """)
