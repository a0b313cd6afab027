"""Words for the codes of the audit trail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signed_in": "Signed in",
        "sign_in_started": "Gave the first factor",
        "sign_in_failed": "Sign-in failed",
        "signed_out": "Signed out",
        "account_added": "Account added",
        "account_invited": "Link to a first password made",
        "account_invitation_accepted": "Chose a first password",
        "account_role_changed": "Role changed",
        "account_linked": "Account linked with the clinic's sign-in",
        "account_disabled": "Account disabled",
        "account_enabled": "Account enabled",
        "account_password_changed": "Password changed",
        "second_factor_set_up": "Second factor set up",
        "second_factor_codes_renewed": "Recovery codes renewed",
        "second_factor_reset": "Second factor taken away",
        "cases_searched": "Searched the cases for words",
        "case_opened": "Opened a case from the sample",
        "case_viewed": "Saw the case and its conversation",
        "case_claimed": "Claimed the case",
        "case_released": "Released the case",
        "case_acknowledged": "Acknowledged the case",
        "case_started": "Started work on the case",
        "case_noted": "Wrote a note",
        "case_replied": "Replied to the patient",
        "case_resolved": "Resolved the case",
        "case_reopened": "Reopened the case",
        "conversation_taken": "Took the conversation over",
        "conversation_returned": "Gave the conversation back to the assistant",
        "questions_viewed": "Saw unanswered questions",
        "question_marked": "Marked an unanswered question",
        "sample_viewed": "Saw a conversation of the sample",
        "sample_labelled": "Labelled a conversation of the sample",
        "labels_exported": "Exported labels",
        "insight_exported": "Exported figures",
        "audit_viewed": "Looked at the audit trail",
        "audit_exported": "Exported the audit trail",
    }
)


def action_words(action: str) -> str:
    return ACTIONS.get(action) or action.replace("_", " ").capitalize()


def details_words(details: Mapping[str, Any]) -> str:
    """`note 4, states open and notified`; empty when there is nothing to add."""
    return ", ".join(f"{_name(name)} {_value(value)}" for name, value in sorted(details.items()))


def _name(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        *first, last = [_value(item) for item in value] or ["none"]
        return f"{', '.join(first)} and {last}" if first else last
    if isinstance(value, Mapping):
        return f"({details_words(value)})"
    return str(value)
