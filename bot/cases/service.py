"""What may be done with cases. The front door's screening and the dialogue's actions open them the same way.

Every function runs in the caller's transaction, so that a case and what belongs to it commit together. Whoever wants to
tell a patient about a case does so after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.cases import ladder, repository
from bot.cases.domain import WAITING, Case, Opened, Resolution, State, Trigger, check_transition, due_at
from bot.cases.errors import AnotherCaseOpen, CaseNotFound
from bot.outbox import repository as outbox
from bot.outbox.values import Parcel

ERASURE_REQUESTED: Final = "erasure_requested"
CASE_ALERT: Final = "case_alert"
CASE_ALERT_UPDATE: Final = "case_alert_update"


def open_case(session: Session, trigger: Trigger, now: datetime, alert: Sequence[str] = ()) -> Opened:
    """Open a case, or add the cue to the conversation's unresolved case in the same category.

    Reporting one message twice changes nothing, also after its case was resolved. A more urgent cue raises the tier and
    brings the deadline forward. Any new cue pages again, and makes an acknowledged case open again, as what was
    acknowledged was something else; only one that is no more urgent, while a clinician holds the conversation and so
    reads it, does not. A tier never falls. `alert` names the channels on which clinicians are told of a new or more
    urgent case: the outbox takes one alert for each, key `case_alert:CHANNEL:CASE:TIER`, in the same transaction.
    """
    opened = _open_or_add(session, trigger, now)
    if opened.is_new or opened.tier_raised:
        for channel in alert:
            outbox.put(session, _alert(opened.case, channel), now)
    if opened.tier_raised:
        refresh_alerts(session, opened.case.id, now)
    return opened


def _alert(case: Case, channel: str) -> Parcel:
    key = f"{CASE_ALERT}:{channel}:{case.id}:{case.tier}"
    return Parcel(
        key=key, stream=f"{CASE_ALERT}:{channel}:{case.id}", channel=channel, kind=CASE_ALERT, case_id=case.id
    )


def refresh_alerts(session: Session, case_id: UUID, now: datetime) -> None:
    """Clinicians who were told of a case on a channel are to read there how it stands now: once for each event."""
    for channel in outbox.channels_told(session, CASE_ALERT, case_id):
        parcel = Parcel(
            key=f"{CASE_ALERT_UPDATE}:{channel}:{repository.latest_event_id(session, case_id)}",
            stream=f"{CASE_ALERT}:{channel}:{case_id}",
            channel=channel,
            kind=CASE_ALERT_UPDATE,
            case_id=case_id,
        )
        outbox.put(session, parcel, now)


def _open_or_add(session: Session, trigger: Trigger, now: datetime) -> Opened:
    seen = repository.counted(session, trigger.conversation_id, trigger.category, trigger.message_id)
    if seen is not None and seen.state is State.RESOLVED:
        return Opened(seen, is_new=False, tier_raised=False)
    while True:
        fresh = repository.insert_unless_open(session, trigger, now, due_at(trigger.tier, now))
        if fresh is not None:
            repository.add_event(
                session,
                fresh.id,
                "opened",
                trigger.actor,
                now,
                message_id=trigger.message_id,
                details={"category": trigger.category, **trigger.event_details},
            )
            ladder.start_round(session, fresh.id, now)
            return Opened(fresh, is_new=True, tier_raised=False)
        existing = repository.unresolved(session, trigger.conversation_id, trigger.category, lock=True)
        # None: it was resolved in this very moment, or the random reference was taken. Either way, try again.
        if existing is not None:
            return _add_cue(session, existing, trigger, now)


def _add_cue(session: Session, case: Case, trigger: Trigger, now: datetime) -> Opened:
    new_cue = repository.add_event(
        session,
        case.id,
        "cue_added",
        trigger.actor,
        now,
        message_id=trigger.message_id,
        details=trigger.event_details,
    )
    if trigger.tier >= case.tier:
        return Opened(_noted(session, case, now) if new_cue else case, is_new=False, tier_raised=False)
    fresh_deadline = due_at(trigger.tier, now)
    raised = repository.update(
        session,
        case.id,
        now,
        {
            "tier": trigger.tier,
            "state": State.OPEN.value,
            "due_at": min(case.due_at, fresh_deadline) if case.state in WAITING else fresh_deadline,
            "message_id": trigger.message_id,
            "evidence": trigger.evidence,
            "evidence_start": trigger.start,
            "evidence_end": trigger.end,
            "reason": trigger.reason,
            "detector_version": trigger.detector_version,
        },
    )
    repository.add_event(
        session,
        case.id,
        "tier_raised",
        trigger.actor,
        now,
        message_id=trigger.message_id,
        details={"from": case.tier, "to": trigger.tier, "state_was": case.state.value},
    )
    ladder.start_round(session, case.id, now)
    return Opened(raised, is_new=False, tier_raised=True)


def _noted(session: Session, case: Case, now: datetime) -> Case:
    """A cue no more urgent than the case has come in: somebody has to see it too."""
    if ladder.held(session, case.id, now):
        return repository.update(session, case.id, now, {})
    if case.state in WAITING:
        ladder.page_again(session, case.id, now)
        return repository.update(session, case.id, now, {})
    ladder.start_round(session, case.id, now)
    return repository.update(
        session, case.id, now, {"state": State.OPEN.value, "due_at": due_at(case.tier, now)}
    )


def record_contact(
    session: Session,
    conversation_id: UUID,
    now: datetime,
    *,
    phone: str | None = None,
    email: str | None = None,
) -> list[Case]:
    """Write how to reach the patient on all unresolved cases of the conversation; the cases, most urgent first.

    What is not given stays as it was. An empty list means that there was no case to write it on.
    """
    given = {
        name: value
        for name, value in (("contact_phone", phone), ("contact_email", email))
        if value is not None
    }
    found = repository.unresolved_of(session, conversation_id)
    if not given:
        return found
    updated = []
    for case in found:
        updated.append(repository.update(session, case.id, now, given))
        repository.add_event(
            session, case.id, "contact_recorded", "patient", now, details={"fields": sorted(given)}
        )
    return updated


def acknowledge(session: Session, case_id: UUID, actor: str, now: datetime) -> Case:
    """A clinician has seen the case. Acknowledging twice changes nothing.

    Raises CaseNotFound, TransitionRefused.
    """
    case = _locked(session, case_id)
    if case.state is State.ACKNOWLEDGED:
        return case
    acknowledged = _move(session, case, State.ACKNOWLEDGED, actor, now)
    ladder.acknowledged(session, case_id, now)
    return acknowledged


def start_progress(session: Session, case_id: UUID, actor: str, now: datetime) -> Case:
    """A clinician is dealing with the case. Raises CaseNotFound, TransitionRefused."""
    started = _move(session, _locked(session, case_id), State.IN_PROGRESS, actor, now)
    ladder.acted(session, case_id, now)
    return started


def resolve(
    session: Session,
    case_id: UUID,
    actor: str,
    reason: str,
    now: datetime,
    resolution: Resolution = Resolution.OTHER,
) -> Case:
    """A clinician closes the case and says why. Raises CaseNotFound, TransitionRefused; ValueError without a reason."""
    reason = reason.strip()
    if not reason:
        raise ValueError("a case is resolved with a reason")
    case = _locked(session, case_id)
    resolved = _move(
        session,
        case,
        State.RESOLVED,
        actor,
        now,
        values={"resolved_reason": reason, "resolution": resolution.value},
        details={"resolution": resolution.value},
    )
    ladder.finished(session, case_id)
    if not repository.has_event(session, case_id, ERASURE_REQUESTED):
        return resolved
    _erase_resolved(session, case.conversation_id, now)
    return _locked(session, case_id)


def reopen(session: Session, case_id: UUID, actor: str, now: datetime) -> Case:
    """A clinician takes a resolved case up again. Raises CaseNotFound, TransitionRefused, AnotherCaseOpen."""
    case = _locked(session, case_id)
    check_transition(case.state, State.REOPENED)
    try:
        with session.begin_nested():
            reopened = _move(
                session,
                case,
                State.REOPENED,
                actor,
                now,
                values={
                    "resolved_reason": None,
                    "resolution": None,
                    "due_at": due_at(case.tier, now),
                    "assignee_id": None,
                    "claimed_at": None,
                },
            )
            ladder.start_round(session, case_id, now)
            return reopened
    except IntegrityError as error:
        raise AnotherCaseOpen(
            "there is a newer unresolved case on the same concern: go on with that one"
        ) from error


def lapse(session: Session, case_id: UUID, now: datetime) -> Case:
    """Nothing followed an acknowledgement: the case is open to everybody again, and paged from the first step.

    Raises CaseNotFound, TransitionRefused.
    """
    case = _locked(session, case_id)
    check_transition(case.state, State.OPEN)
    values = {
        "state": State.OPEN.value,
        "due_at": due_at(case.tier, now),
        "assignee_id": None,
        "claimed_at": None,
    }
    lapsed = repository.update(session, case_id, now, values)
    repository.add_event(
        session, case_id, "lapsed", ladder.ACTOR, now, details={"state_was": case.state.value}
    )
    ladder.start_round(session, case_id, now)
    refresh_alerts(session, case_id, now)
    return lapsed


def page_reached(session: Session, case_id: UUID, now: datetime, details: Mapping[str, object]) -> None:
    """A provider has taken a page about the case. `details` hold ids and kinds."""
    # Locked before the trail is written: two addresses of one person answer at the same moment.
    case = _locked(session, case_id)
    repository.add_event(session, case_id, "page_sent", ladder.ACTOR, now, details=details)
    if case.state in WAITING and case.state is not State.NOTIFIED:
        _move(session, case, State.NOTIFIED, ladder.ACTOR, now)


def page_failed(
    session: Session, case_id: UUID, now: datetime, details: Mapping[str, object], *, nobody_reached: bool
) -> None:
    """A page was given up. `nobody_reached`: so was every other one of this round."""
    case = _locked(session, case_id)
    repository.add_event(session, case_id, "page_failed", ladder.ACTOR, now, details=details)
    if nobody_reached and case.state in WAITING and case.state is not State.DELIVERY_FAILED:
        _move(session, case, State.DELIVERY_FAILED, ladder.ACTOR, now)


def erase_content(session: Session, conversation_id: UUID, now: datetime) -> list[Case]:
    """The patient had the conversation deleted: resolved cases lose their quotation and contact details.

    Returns the unresolved cases, which keep theirs until a clinician resolves them.
    """
    _erase_resolved(session, conversation_id, now)
    kept = repository.unresolved_of(session, conversation_id)
    for case in kept:
        repository.add_event(session, case.id, ERASURE_REQUESTED, "patient", now)
    return kept


def patient_unreached(
    session: Session, conversation_id: UUID, now: datetime, *, channel: str, problem: str
) -> list[Case]:
    """Write on the conversation's unresolved cases that a message did not reach the patient; those cases."""
    found = repository.unresolved_of(session, conversation_id)
    for case in found:
        details = {"channel": channel, "problem": problem}
        repository.add_event(session, case.id, "patient_unreached", "outbox", now, details=details)
        refresh_alerts(session, case.id, now)
    return found


def patient_answered(
    session: Session, conversation_id: UUID, message_id: UUID, now: datetime, *, held: bool
) -> list[Case]:
    """Write on the conversation's unresolved cases that the patient has answered a clinician; those cases.

    `held`: a clinician holds the conversation; otherwise the assistant answers the message too.
    """
    found = repository.unresolved_of(session, conversation_id)
    for case in found:
        repository.update(session, case.id, now, {})
        repository.add_event(
            session,
            case.id,
            "patient_answered",
            "patient",
            now,
            message_id=message_id,
            details={"held": held},
        )
        refresh_alerts(session, case.id, now)
    return found


def notification_failed(
    session: Session, case_id: UUID, now: datetime, *, channel: str, problem: str
) -> None:
    """Write on a case that telling the clinic about it failed on a channel. The case itself stays as it is."""
    details = {"channel": channel, "problem": problem}
    repository.add_event(session, case_id, "delivery_failed", "outbox", now, details=details)


def _erase_resolved(session: Session, conversation_id: UUID, now: datetime) -> None:
    for case_id in repository.erase_resolved_evidence(session, conversation_id, now):
        repository.add_event(session, case_id, "content_erased", "patient", now)
        refresh_alerts(session, case_id, now)


def _locked(session: Session, case_id: UUID) -> Case:
    case = repository.by_id(session, case_id, lock=True)
    if case is None:
        raise CaseNotFound("there is no such case")
    return case


def _move(
    session: Session,
    case: Case,
    new: State,
    actor: str,
    now: datetime,
    values: dict[str, object] | None = None,
    details: dict[str, object] | None = None,
) -> Case:
    check_transition(case.state, new)
    moved = repository.update(session, case.id, now, {"state": new.value, **(values or {})})
    repository.add_event(
        session, case.id, new.value, actor, now, details={"from": case.state.value, **(details or {})}
    )
    refresh_alerts(session, case.id, now)
    return moved
