"""What a refusal of the Web API means for a delivery. Pure but for the library's types."""

from __future__ import annotations

from typing import Final

from slack_sdk.errors import SlackApiError

from bot.channels.sending import Blocked, Refused, SendingFailed, TryLater

# The person is gone, or cannot be written to.
_GONE: Final = frozenset(
    {
        "channel_not_found",
        "user_not_found",
        "users_not_found",
        "user_disabled",
        "user_not_visible",
        "is_archived",
        "cannot_dm_bot",
        "restricted_action",
        "is_inactive",
    }
)
# Our own standing with Slack. An operator can mend it, so that what waits is not lost.
_OURS: Final = frozenset(
    {
        "account_inactive",
        "access_denied",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
# Slack's own troubles.
_PASSING: Final = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
BAD_BLOCKS: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


def code_of(error: SlackApiError) -> str:
    """Slack's word for it, `http_503` where there was none."""
    response = error.response
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return str(code) if code else f"http_{getattr(response, 'status_code', 0)}"


def failure_of(error: SlackApiError, *, to_patient: bool) -> SendingFailed:
    """What a sender raises. An alert channel that is gone waits for the operator, a patient who is gone does not."""
    code = code_of(error)
    status = getattr(error.response, "status_code", 0)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return TryLater("ratelimited", _retry_after(error))
    if status >= 500 or code in _PASSING or code.startswith("http_"):
        return TryLater(code, _retry_after(error))
    if code in _OURS or (code in _GONE and not to_patient):
        return TryLater(code)
    return Blocked(code) if code in _GONE else Refused(code)


def needs_operator(code: str) -> bool:
    """Whether only the operator can mend it."""
    return code in _OURS


def _retry_after(error: SlackApiError) -> float | None:
    headers = getattr(error.response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if str(given).isdigit() else None
