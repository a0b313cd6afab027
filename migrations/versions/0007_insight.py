"""Insight: patients' ratings of answers, what content owners make of unanswered questions, weekly samples."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

QUESTIONS = """
ALTER TABLE unanswered_questions DROP CONSTRAINT unanswered_questions_status_check;
UPDATE unanswered_questions SET status = CASE status WHEN 'reviewed' THEN 'wanted' WHEN 'dismissed' THEN 'ignored'
    ELSE status END;
ALTER TABLE unanswered_questions ADD CONSTRAINT unanswered_questions_status_check
    CHECK (status IN ('new', 'wanted', 'answered', 'ignored'));
"""

RATINGS = """
CREATE TABLE ratings (
    message_id uuid PRIMARY KEY REFERENCES messages (id),
    helpful boolean NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ratings_at ON ratings (at);
CREATE INDEX messages_at ON messages (created_at);
"""

SAMPLES = """
CREATE TABLE review_samples (
    message_id uuid PRIMARY KEY REFERENCES messages (id),
    week date NOT NULL,
    text text NOT NULL,
    labels text[] NOT NULL DEFAULT '{}',
    concern text,
    reviewed_by text,
    reviewed_at timestamptz,
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL))
);
CREATE INDEX review_samples_week ON review_samples (week);
"""


def upgrade() -> None:
    for statement in (QUESTIONS, RATINGS, SAMPLES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("""
        DROP TABLE review_samples, ratings;
        DROP INDEX messages_at;
        ALTER TABLE unanswered_questions DROP CONSTRAINT unanswered_questions_status_check;
        UPDATE unanswered_questions SET status = CASE status WHEN 'wanted' THEN 'reviewed'
            WHEN 'ignored' THEN 'dismissed' ELSE status END;
        ALTER TABLE unanswered_questions ADD CONSTRAINT unanswered_questions_status_check
            CHECK (status IN ('new', 'reviewed', 'answered', 'dismissed'));
    """)
