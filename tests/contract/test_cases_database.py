"""Cases on a real PostgreSQL: one unresolved case a concern, a trail that only grows, guarded by the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.cases import inbox, repository, service
from bot.cases.domain import TRANSITIONS, Case, State, Told, Trigger
from bot.cases.errors import AnotherCaseOpen, CaseNotFound, TransitionRefused
from bot.cases.inbox import Filters
from bot.database import Database
from tests.support.world import new_conversation, rows, service_over

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


def patient_message(database: Database) -> tuple[UUID, UUID]:
    """A conversation with one harmless message: (conversation id, message id)."""
    conversations = service_over(database)
    conversation = new_conversation(conversations)
    received = conversations.receive_text(conversation, uuid4().hex, "can i drink wine")
    return conversation.id, received.message_id


def another_message(database: Database, conversation_id: UUID) -> UUID:
    message_id = uuid4()
    insert = "INSERT INTO messages (id, conversation_id, author, kind, text) VALUES (:m, :c, 'patient', 'text', 'x')"
    with database.transaction() as session:
        session.execute(sa.text(insert), {"m": message_id, "c": conversation_id})
    return message_id


def trigger_of(database: Database, *, category: str = "concern_mood", tier: int = 2) -> Trigger:
    conversation_id, message_id = patient_message(database)
    return Trigger(
        conversation_id=conversation_id,
        message_id=message_id,
        channel="widget",
        category=category,
        tier=tier,
        evidence="so low",
        start=3,
        end=9,
        reason="says that the mood is low now",
        detector_version="v1",
        actor="front door",
    )


def opened(database: Database, trigger: Trigger, now: datetime = NOW) -> Case:
    with database.transaction() as session:
        return service.open_case(session, trigger, now).case


def kinds(database: Database, case: Case) -> list[str]:
    with database.transaction() as session:
        return [event.kind for event in repository.events(session, case.id)]


def test_the_front_door_and_the_action_open_one_case_for_one_message(database: Database) -> None:
    trigger = trigger_of(database)
    first = opened(database, trigger)
    again = opened(database, replace(trigger, actor="action_escalate_mood"))
    assert again == first
    assert kinds(database, first) == ["opened"]


def test_a_further_cue_joins_the_unresolved_case(database: Database) -> None:
    trigger = trigger_of(database)
    first = opened(database, trigger)
    later = replace(trigger, message_id=another_message(database, trigger.conversation_id))
    with database.transaction() as session:
        result = service.open_case(session, later, NOW + timedelta(hours=1))
    assert (result.case.id, result.is_new, result.tier_raised) == (first.id, False, False)
    assert result.case.due_at == first.due_at
    assert kinds(database, first) == ["opened", "cue_added"]


def test_a_more_urgent_cue_raises_the_tier_and_undoes_an_acknowledgement(database: Database) -> None:
    trigger = trigger_of(database, tier=2)
    first = opened(database, trigger)
    with database.transaction() as session:
        service.acknowledge(session, first.id, "dr.lee@clinic.example", NOW)
    urgent = replace(
        trigger, tier=1, evidence="the end", message_id=another_message(database, trigger.conversation_id)
    )
    with database.transaction() as session:
        result = service.open_case(session, urgent, NOW + timedelta(minutes=5))
    assert result.tier_raised
    assert (result.case.tier, result.case.state, result.case.evidence) == (1, State.OPEN, "the end")
    assert result.case.due_at == NOW + timedelta(minutes=25)
    assert kinds(database, first) == ["opened", "acknowledged", "cue_added", "tier_raised"]


def test_a_lesser_cue_never_lowers_the_tier(database: Database) -> None:
    trigger = trigger_of(database, tier=1)
    first = opened(database, trigger)
    lesser = replace(trigger, tier=3, message_id=another_message(database, trigger.conversation_id))
    assert opened(database, lesser).tier == 1
    with pytest.raises(IntegrityError, match="never becomes less urgent"), database.transaction() as session:
        repository.update(session, first.id, NOW, {"tier": 2})


def test_twenty_simultaneous_cues_make_one_case(database: Database) -> None:
    trigger = trigger_of(database)
    with ThreadPoolExecutor(20) as pool:
        cases = list(pool.map(lambda _: opened(database, trigger), range(20)))
    assert len({case.id for case in cases}) == 1
    assert kinds(database, cases[0]) == ["opened"]


def test_categories_have_their_own_cases(database: Database) -> None:
    trigger = trigger_of(database)
    mood = opened(database, trigger)
    pregnancy = opened(database, replace(trigger, category="concern_pregnancy", tier=1))
    assert mood.id != pregnancy.id
    with database.transaction() as session:
        found = repository.unresolved_of(session, trigger.conversation_id)
    assert [case.category for case in found] == ["concern_pregnancy", "concern_mood"]


def test_after_resolution_a_new_message_opens_a_new_case_and_the_old_message_none(database: Database) -> None:
    trigger = trigger_of(database)
    first = opened(database, trigger)
    with database.transaction() as session:
        service.acknowledge(session, first.id, "dr", NOW)
        service.resolve(session, first.id, "dr", "spoke with the patient", NOW)
    assert opened(database, trigger).id == first.id
    new = replace(trigger, message_id=another_message(database, trigger.conversation_id))
    assert opened(database, new).id != first.id
    with pytest.raises(AnotherCaseOpen), database.transaction() as session:
        service.reopen(session, first.id, "dr", NOW)
    assert kinds(database, first) == ["opened", "acknowledged", "resolved"]


def test_a_case_is_resolved_with_a_reason_and_only_after_somebody_has_seen_it(database: Database) -> None:
    case = opened(database, trigger_of(database))
    with pytest.raises(TransitionRefused), database.transaction() as session:
        service.resolve(session, case.id, "dr", "done", NOW)
    with database.transaction() as session:
        service.acknowledge(session, case.id, "dr", NOW)
        service.acknowledge(session, case.id, "dr", NOW)
        service.start_progress(session, case.id, "dr", NOW)
    with pytest.raises(ValueError, match="reason"), database.transaction() as session:
        service.resolve(session, case.id, "dr", "  ", NOW)
    with database.transaction() as session:
        resolved = service.resolve(session, case.id, "dr", "phoned", NOW)
        assert (resolved.state, resolved.resolved_reason) == (State.RESOLVED, "phoned")
        reopened = service.reopen(session, case.id, "dr", NOW + timedelta(days=1))
    assert (reopened.state, reopened.resolved_reason) == (State.REOPENED, None)
    assert reopened.due_at == NOW + timedelta(days=1, hours=8)
    assert kinds(database, case) == ["opened", "acknowledged", "in_progress", "resolved", "reopened"]
    with pytest.raises(CaseNotFound), database.transaction() as session:
        service.acknowledge(session, uuid4(), "dr", NOW)


def _to(state: State) -> dict[str, object]:
    resolved = state is State.RESOLVED
    return {
        "state": state.value,
        "resolved_reason": "r" if resolved else None,
        "resolution": "other" if resolved else None,
    }


@pytest.mark.parametrize("old", list(State))
def test_the_database_allows_exactly_the_transitions_of_the_domain(database: Database, old: State) -> None:
    case = opened(database, trigger_of(database))
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE cases DISABLE TRIGGER cases_guard"))
        repository.update(session, case.id, NOW, _to(old))
        session.execute(sa.text("ALTER TABLE cases ENABLE TRIGGER cases_guard"))
    for new in State:
        try:
            with database.transaction() as session:
                repository.update(session, case.id, NOW, _to(new))
                session.rollback()
            allowed = True
        except IntegrityError:
            allowed = False
        assert allowed == (new is old or new in TRANSITIONS[old]), f"{old.value} -> {new.value}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_events SET actor = 'someone else'",
        "DELETE FROM case_events",
        "TRUNCATE case_events",
        "DELETE FROM cases",
    ],
)
def test_the_trail_cannot_be_edited(database: Database, statement: str) -> None:
    case = opened(database, trigger_of(database))
    with pytest.raises(DBAPIError, match="only grows"), database.transaction() as session:
        session.execute(sa.text(statement))
    assert kinds(database, case) == ["opened"]


def test_contact_details_go_on_every_unresolved_case(database: Database) -> None:
    trigger = trigger_of(database)
    opened(database, trigger)
    opened(database, replace(trigger, category="request_human", tier=3))
    with database.transaction() as session:
        service.record_contact(session, trigger.conversation_id, NOW, phone="+12025550123")
        found = service.record_contact(session, trigger.conversation_id, NOW, email="pat@example.com")
    assert {(case.contact_phone, case.contact_email) for case in found} == {
        ("+12025550123", "pat@example.com")
    }
    trail = rows(
        database,
        "SELECT details FROM case_events WHERE kind = 'contact_recorded' AND case_id = :c",
        c=found[0].id,
    )
    assert [row.details for row in trail] == [{"fields": ["contact_phone"]}, {"fields": ["contact_email"]}]


def test_contact_details_without_a_case_are_reported_as_not_kept(database: Database) -> None:
    conversation_id, _ = patient_message(database)
    with database.transaction() as session:
        assert service.record_contact(session, conversation_id, NOW, phone="+12025550123") == []


def test_the_desk_lists_by_urgency_then_age(database: Database) -> None:
    with database.transaction() as session:
        for listed in inbox.find(session, Filters(), uuid4(), NOW)[0]:
            if listed.case.state not in (State.ACKNOWLEDGED, State.IN_PROGRESS):
                service.acknowledge(session, listed.case.id, "dr", NOW)
            service.resolve(session, listed.case.id, "dr", "makes room", NOW)
    late = opened(database, trigger_of(database, tier=1), NOW + timedelta(hours=2))
    routine = opened(database, trigger_of(database, category="request_human", tier=3), NOW)
    early = opened(database, trigger_of(database, tier=1), NOW + timedelta(hours=1))
    with database.transaction() as session:
        found, total = inbox.find(session, Filters(), uuid4(), NOW)
    assert total == 3
    assert [listed.case.id for listed in found] == [early.id, late.id, routine.id]


def told(database: Database, conversation_id: UUID) -> Told | None:
    with database.transaction() as session:
        return repository.told(session, conversation_id)


def test_what_a_patient_may_be_told_follows_the_cases_own_events(database: Database) -> None:
    trigger = trigger_of(database)
    assert told(database, trigger.conversation_id) is None
    case = opened(database, trigger)
    assert told(database, trigger.conversation_id) == Told(case.reference, NOW, None)

    def at(minutes: int) -> datetime:
        return NOW + timedelta(minutes=minutes)

    with database.transaction() as session:
        service.acknowledge(session, case.id, "ana@clinic.example", at(5))
    assert told(database, trigger.conversation_id) == Told(case.reference, NOW, at(5))
    # What is written later has not been seen yet.
    opened(database, replace(trigger, message_id=another_message(database, trigger.conversation_id)), at(9))
    assert told(database, trigger.conversation_id) == Told(case.reference, at(9), None)
    with pytest.raises(TransitionRefused), database.transaction() as session:
        service.resolve(session, case.id, "ana@clinic.example", "called back", at(10))
    with database.transaction() as session:
        service.acknowledge(session, case.id, "ana@clinic.example", at(11))
        service.resolve(session, case.id, "ana@clinic.example", "called back", at(12))
    assert told(database, trigger.conversation_id) is None


def test_a_case_that_could_not_be_delivered_is_not_told(database: Database) -> None:
    case = opened(database, trigger_of(database))
    with database.transaction() as session:
        repository.update(session, case.id, NOW, {"state": State.DELIVERY_FAILED.value})
    assert told(database, case.conversation_id) is None
