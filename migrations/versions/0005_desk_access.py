"""Access to the care desk: four roles, a second factor, sign-in through the clinic, locks."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ACCOUNTS = """
ALTER TABLE desk_users DROP CONSTRAINT desk_users_role_check;
ALTER TABLE desk_users ADD CONSTRAINT desk_users_role_check
    CHECK (role IN ('clinician', 'lead', 'content_owner', 'administrator'));
ALTER TABLE desk_users
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN totp_secret bytea,
    ADD COLUMN totp_confirmed_at timestamptz,
    ADD COLUMN totp_last_step bigint,
    ADD COLUMN oidc_subject text UNIQUE,
    ADD COLUMN failed_tries integer NOT NULL DEFAULT 0,
    ADD COLUMN locked_until timestamptz,
    ADD COLUMN last_sign_in_at timestamptz;
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES desk_users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
ALTER TABLE desk_sessions
    ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(ACCOUNTS)


def downgrade() -> None:
    """Only while there is no account of a newer role and none without a password."""
    op.execute("""
        ALTER TABLE desk_sessions DROP COLUMN last_seen_at, DROP COLUMN second_factor;
        DROP TABLE recovery_codes;
        ALTER TABLE desk_users DROP COLUMN totp_secret, DROP COLUMN totp_confirmed_at, DROP COLUMN totp_last_step,
            DROP COLUMN oidc_subject, DROP COLUMN failed_tries, DROP COLUMN locked_until, DROP COLUMN last_sign_in_at,
            ALTER COLUMN password_hash SET NOT NULL;
        ALTER TABLE desk_users DROP CONSTRAINT desk_users_role_check;
        ALTER TABLE desk_users ADD CONSTRAINT desk_users_role_check CHECK (role IN ('clinician', 'lead'));
    """)
