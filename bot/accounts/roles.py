"""Who may do what at the care desk. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final


class Role(str, Enum):
    """What an account is for. Accounts of administrators and content owners see no patient's conversation."""

    CLINICIAN = "clinician"
    LEAD = "lead"
    CONTENT_OWNER = "content_owner"
    ADMINISTRATOR = "administrator"


class Right(str, Enum):
    """One thing that a route of the desk may ask for."""

    WORK_CASES = "work_cases"
    """Read cases with their conversations, claim, acknowledge, reply, note, resolve, reopen."""
    TAKE_OVER = "take_over"
    """Release or take a case that somebody else has claimed."""
    SEE_INSIGHT = "see_insight"
    """Figures and charts: counts and times, no patient's words."""
    CURATE_QUESTIONS = "curate_questions"
    """Unanswered questions, redacted, and their status."""
    LABEL_SAMPLES = "label_samples"
    """The weekly sample of conversations that raised no flag, redacted."""
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    OWN_ACCOUNT = "own_account"
    """One's own password, second factor and sessions: everybody who is signed in."""


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.CLINICIAN: frozenset({Right.WORK_CASES, Right.OWN_ACCOUNT}),
        Role.LEAD: frozenset(
            {
                Right.WORK_CASES,
                Right.TAKE_OVER,
                Right.SEE_INSIGHT,
                Right.CURATE_QUESTIONS,
                Right.LABEL_SAMPLES,
                Right.READ_AUDIT,
                Right.OWN_ACCOUNT,
            }
        ),
        Role.CONTENT_OWNER: frozenset(
            {Right.SEE_INSIGHT, Right.CURATE_QUESTIONS, Right.LABEL_SAMPLES, Right.OWN_ACCOUNT}
        ),
        Role.ADMINISTRATOR: frozenset({Right.MANAGE_ACCOUNTS, Right.READ_AUDIT, Right.OWN_ACCOUNT}),
    }
)
