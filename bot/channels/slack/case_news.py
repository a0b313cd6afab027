"""What an alert needs to know of a case, as it stands now, and where the case's alerts stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from bot.accounts.users import names_of
from bot.cases import repository as cases
from bot.cases.domain import Event, State
from bot.cases.service import CASE_ALERT
from bot.channels.slack.alerts import CaseNews
from bot.channels.slack.setup import NAME
from bot.outbox import repository as outbox

_DONE_BY_CLINICIANS: Final = frozenset(
    {State.ACKNOWLEDGED.value, State.IN_PROGRESS.value, State.RESOLVED.value, State.REOPENED.value}
)

# Who spoke last, as a case's trail knows it.
_SPOKEN: Final = frozenset({"patient_answered", "replied", State.RESOLVED.value})


def case_news(session: Session, case_id: UUID) -> CaseNews | None:
    """None when there is no such case. A step that no longer holds, such as a lapsed acknowledgement, is not told."""
    case = cases.by_id(session, case_id)
    if case is None:
        return None
    events = cases.events(session, case_id)
    unreached, answered_at = any(event.kind == "patient_unreached" for event in events), _answered(events)
    latest = next((event for event in reversed(events) if event.kind in _DONE_BY_CLINICIANS), None)
    if latest is None or latest.kind != case.state.value:
        return CaseNews(case, "", None, unreached, answered_at)
    who = names_of(session, [latest.actor]).get(latest.actor, latest.actor)
    return CaseNews(case, who, latest.at, unreached, answered_at)


def _answered(events: Sequence[Event]) -> datetime | None:
    """When the patient wrote last to a clinician who has not written since, nor resolved the case."""
    newest = next((event for event in reversed(events) if event.kind in _SPOKEN), None)
    return newest.at if newest is not None and newest.kind == "patient_answered" else None


def alert_places(session: Session, case_id: UUID) -> list[tuple[str, str]]:
    """(channel, timestamp) of each alert that has been posted about a case."""
    found = outbox.provider_ids_of(session, NAME, CASE_ALERT, case_id)
    return [(channel, ts) for channel, _, ts in (item.partition(":") for item in found)]
