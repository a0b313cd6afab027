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
    ADD COLUMN last_sign_in_at timestamptz;
ALTER TABLE desk_users ADD CONSTRAINT desk_users_totp_check
    CHECK ((totp_secret IS NULL) = (totp_confirmed_at IS NULL));
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES desk_users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE sign_in_tries (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    failures integer NOT NULL CHECK (failures > 0),
    last_at timestamptz NOT NULL,
    wait_until timestamptz NOT NULL
);
CREATE INDEX sign_in_tries_last_at ON sign_in_tries (last_at);
CREATE TABLE invitations (
    user_id uuid PRIMARY KEY REFERENCES desk_users (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
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
        DROP TABLE recovery_codes, sign_in_tries, invitations;
        ALTER TABLE desk_users DROP CONSTRAINT desk_users_totp_check;
        ALTER TABLE desk_users DROP COLUMN totp_secret, DROP COLUMN totp_confirmed_at, DROP COLUMN totp_last_step,
            DROP COLUMN oidc_subject, DROP COLUMN last_sign_in_at, ALTER COLUMN password_hash SET NOT NULL;
        ALTER TABLE desk_users DROP CONSTRAINT desk_users_role_check;
        ALTER TABLE desk_users ADD CONSTRAINT desk_users_role_check CHECK (role IN ('clinician', 'lead'));
    """)
