"""What patients read about whether anybody has seen their message: true, in time, once, on every channel."""

from __future__ import annotations

from datetime import datetime, timezone

from bot.cases import service as case_service
from bot.escalation.patient_truth import SEEN, UNSEEN
from tests.support.on_call import OnCall
from tests.support.receivers import PageService
from tests.support.world import rows


def test_when_nobody_acknowledges_in_time_the_patient_reads_it_with_whom_to_call(clinic: OnCall) -> None:
    case = clinic.opens("I want to kill myself")
    clinic.pass_by(minutes=19, seconds=59)
    assert clinic.messages(case, UNSEEN) == []
    clinic.pass_by(seconds=1)
    [told] = clinic.messages(case, UNSEEN)
    assert told.text.startswith(
        "Nobody at Elm Street Clinic has confirmed yet that they have seen your message"
    )
    for words in (case.reference, "999", "116 123", "020 7946 0000"):
        assert words in told.text
    kinds = [event.kind for event in clinic.events(case, "deadline_missed", "patient_told_unseen")]
    assert kinds == ["deadline_missed", "patient_told_unseen"]
    clinic.pass_by(hours=5)
    assert len(clinic.messages(case, UNSEEN)) == 1, "once in a round"


def test_when_somebody_acknowledges_the_patient_reads_that_too(clinic: OnCall) -> None:
    case = clinic.opens()
    clinic.pass_by(minutes=25)
    clinic.acknowledges(case)
    [told] = clinic.messages(case, SEEN)
    assert told.text.startswith("Somebody at Elm Street Clinic has now seen your message")
    assert "can't say when" in told.text
    clinic.acknowledges(case)
    clinic.pass_by(minutes=20)
    assert len(clinic.messages(case, SEEN)) == 1
    assert [event.kind for event in clinic.events(case, "patient_told_seen")] == ["patient_told_seen"]


def test_in_time_nobody_reads_that_nobody_has_seen_it(clinic: OnCall) -> None:
    case = clinic.opens()
    clinic.pass_by(minutes=10)
    clinic.acknowledges(case)
    clinic.pass_by(minutes=20)
    assert clinic.messages(case, UNSEEN) == []


def test_a_lapse_begins_a_new_wait_with_a_new_deadline(clinic: OnCall) -> None:
    case = clinic.opens()
    clinic.acknowledges(case)
    clinic.pass_by(minutes=30)
    assert clinic.messages(case, UNSEEN) == []
    clinic.pass_by(minutes=20)
    assert len(clinic.messages(case, UNSEEN)) == 1
    clinic.acknowledges(case)
    assert len(clinic.messages(case, SEEN)) == 2


def test_a_patient_who_was_told_and_writes_again_is_not_told_again_at_once(clinic: OnCall) -> None:
    conversation = clinic.conversation()
    case = clinic.says(conversation, "I think I am pregnant")
    clinic.pass_by(minutes=21)
    clinic.says(conversation, "please, I think I am pregnant")
    clinic.pass_by(minutes=10)
    assert len(clinic.messages(case, UNSEEN)) == 1


def test_nothing_is_said_after_the_case_is_resolved_or_the_chat_deleted(clinic: OnCall) -> None:
    resolved, deleted = clinic.opens(), clinic.opens()
    with clinic.database.transaction() as session:
        case_service.acknowledge(session, resolved.id, "ana@clinic.example", clinic.now)
        case_service.resolve(session, resolved.id, "ana@clinic.example", "called", clinic.now)
    clinic.service.delete_content(deleted.conversation_id)
    clinic.pass_by(minutes=30)
    clinic.acknowledges(deleted)
    for case in (resolved, deleted):
        assert clinic.messages(case, UNSEEN) == clinic.messages(case, SEEN) == []
    assert clinic.events(deleted, "deadline_missed"), "the clinic's own trail says it all the same"


def test_it_reaches_a_patient_on_a_channel_through_the_outbox(clinic: OnCall, pager: PageService) -> None:
    conversation = clinic.conversation("telegram")
    case = clinic.says(conversation, "I feel very low")
    clinic.pass_by(hours=8)
    [told] = clinic.messages(case, UNSEEN)
    found = rows(clinic.database, "SELECT channel, status FROM deliveries WHERE message_id = :id", id=told.id)
    assert [(row.channel, row.status) for row in found] == [("telegram", "pending")]


def test_a_routine_wish_is_not_told_to_be_urgent(clinic: OnCall) -> None:
    clinic.now = datetime(2026, 11, 27, 17, 30, tzinfo=timezone.utc)
    case = clinic.opens("I want a real person")
    clinic.pass_by(hours=48)
    [told] = clinic.messages(case, UNSEEN)
    assert "If it can't wait, please call them yourself" in told.text and "999" in told.text


def test_patients_who_write_another_language_read_whom_to_call_in_it_first(clinic: OnCall) -> None:
    from bot.escalation.patient_words import PatientWords
    from bot.settings import Settings

    words = PatientWords.load(Settings())
    spanish = words.unseen("K7F-3QX", "concern_suicidal", 1, "US", "es")
    english = words.unseen("K7F-3QX", "concern_suicidal", 1, "US", None)
    assert len(spanish) > len(english) and "988" in spanish
    assert english.split("\n\n")[1] in spanish
