"""What a refusal of the record system means for a delivery. Pure but for the response's type."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from bot.channels.fhir.codes import ISSUES
from bot.channels.sending import Refused, SendingFailed, TryLater

LONGEST_RETRY_AFTER: Final = 3_600.0
# The way there, the sign-in or its rights: an operator can mend it, so that what waits is not lost.
_OURS: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405})
_PASSING: Final = frozenset({408, 409, 412, 423, 425, 429})


def failure_of(response: httpx2.Response) -> SendingFailed:
    """What a sender raises for an answer that is none of success."""
    problem = problem_of(response)
    if response.status_code >= 500 or response.status_code in _PASSING:
        return TryLater(problem, retry_after(response))
    if response.status_code in _OURS or response.status_code < 400:
        return TryLater(problem)
    return Refused(problem)


def needs_operator(response: httpx2.Response) -> bool:
    """Whether only the operator can mend it."""
    return response.status_code in _OURS


def problem_of(response: httpx2.Response) -> str:
    """`http_422 business-rule`: the status and the code of the OperationOutcome, none of its texts."""
    code = issue_code(response)
    return f"http_{response.status_code} {code}".rstrip()


def issue_code(response: httpx2.Response) -> str:
    """The code of the first issue; empty when there is none that FHIR knows."""
    try:
        body: Any = response.json()
    except ValueError:
        return ""
    issues = body.get("issue") if isinstance(body, dict) else None
    first = issues[0] if isinstance(issues, list) and issues else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) and code in ISSUES else ""


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds, from seconds or a date; an hour at most. None when it is not said, or not to be understood."""
    given = response.headers.get("retry-after", "").strip()
    if given.isdigit() and len(given) < 10:
        return min(float(given), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(given)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    seconds = (at - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
