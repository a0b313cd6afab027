"""What clinicians do with cases, on a real database: one wins, every step is in both trails or did not happen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.accounts.users import DeskUser
from bot.cases import notes, repository, work
from bot.cases.domain import Case, Resolution, State
from bot.cases.errors import (
    AnotherCaseOpen,
    CaseChanged,
    CaseNotFound,
    ClaimedByAnother,
    NotClaimed,
    TransitionRefused,
)
from bot.cases.work import Seen
from bot.conversations import hand_over
from bot.conversations.errors import HeldByAnother
from bot.database import Database
from tests.contract.test_cases_database import another_message, opened, trigger_of
from tests.support.desk import desk_user
from tests.support.world import rows

NOW = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
EVERYTHING = Seen(2**62, 2**31 - 1)


@pytest.fixture(scope="module")
def ana(database: Database) -> DeskUser:
    return desk_user(database, "ana@clinic.example", name="Dr Ana Silva")


@pytest.fixture(scope="module")
def ben(database: Database) -> DeskUser:
    return desk_user(database, "ben@clinic.example", name="Ben Okafor")


@pytest.fixture(scope="module")
def lead(database: Database) -> DeskUser:
    return desk_user(database, "kim@clinic.example", "lead", name="Dr Kim")


@pytest.fixture
def case(database: Database) -> Case:
    return opened(database, trigger_of(database, tier=1), NOW)


def run(database: Database, step: Callable[[Session], object]) -> object:
    with database.transaction() as session:
        return step(session)


def now_of(database: Database, case: Case) -> Case:
    with database.transaction() as session:
        found = repository.by_id(session, case.id)
    assert found is not None
    return found


def trail(database: Database, case: Case) -> list[tuple[str, str]]:
    with database.transaction() as session:
        return [(event.kind, event.actor) for event in repository.events(session, case.id)]


def audited(database: Database, case: Case) -> list[tuple[str, str]]:
    found = rows(
        database, "SELECT action, actor FROM audit_entries WHERE subject = :c ORDER BY number", c=str(case.id)
    )
    return [(row.action, row.actor) for row in found]


def test_claiming_says_that_the_case_is_seen_and_whose_it_is(
    database: Database, case: Case, ana: DeskUser
) -> None:
    run(database, lambda session: work.claim(session, case.id, ana, NOW))
    found = now_of(database, case)
    assert (found.state, found.assignee_id, found.claimed_at) == (State.ACKNOWLEDGED, ana.id, NOW)
    run(database, lambda session: work.claim(session, case.id, ana, NOW + timedelta(minutes=1)))
    assert now_of(database, case).claimed_at == NOW
    assert trail(database, case)[1:] == [("acknowledged", ana.email), ("claimed", ana.email)]
    assert audited(database, case) == [("case_claimed", ana.email)] * 2


def test_of_many_who_claim_at_once_one_wins_and_the_others_are_told_who(
    database: Database, case: Case
) -> None:
    people = [desk_user(database, f"d{n}@clinic.example", name=f"Dr {n}") for n in range(8)]
    together = Barrier(len(people))

    def claim(user: DeskUser) -> str:
        together.wait()
        try:
            run(database, lambda session: work.claim(session, case.id, user, NOW))
        except ClaimedByAnother as error:
            return error.name
        return "won"

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(claim, people))
    winner = people[outcomes.index("won")]
    assert sorted(outcomes) == sorted(["won", *[winner.name] * (len(people) - 1)])
    assert now_of(database, case).assignee_id == winner.id
    assert [kind for kind, _ in trail(database, case)].count("claimed") == 1
    assert audited(database, case) == [("case_claimed", winner.email)]


def test_a_claim_is_released_by_its_owner_or_by_a_lead(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser, lead: DeskUser
) -> None:
    with pytest.raises(NotClaimed):
        run(database, lambda session: work.release(session, case.id, ana, NOW))
    run(database, lambda session: work.claim(session, case.id, ana, NOW))
    with pytest.raises(ClaimedByAnother, match="Dr Ana Silva"):
        run(database, lambda session: work.release(session, case.id, ben, NOW))
    run(database, lambda session: work.release(session, case.id, lead, NOW))
    assert (now_of(database, case).assignee_id, now_of(database, case).state) == (None, State.ACKNOWLEDGED)
    run(database, lambda session: work.claim(session, case.id, ben, NOW))
    run(database, lambda session: work.release(session, case.id, ben, NOW))
    released = rows(
        database,
        "SELECT details FROM case_events WHERE case_id = :c AND kind = 'released' ORDER BY id",
        c=case.id,
    )
    assert [row.details for row in released] == [{"taken_from": str(ana.id)}, {}]


def test_only_a_lead_takes_a_case_over(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser, lead: DeskUser
) -> None:
    run(database, lambda session: work.claim(session, case.id, ana, NOW))
    for user, take_over in ((ben, False), (ben, True), (lead, False)):
        with pytest.raises(ClaimedByAnother):
            run(
                database,
                lambda session, user=user, take=take_over: work.claim(
                    session, case.id, user, NOW, take_over=take
                ),
            )
    run(database, lambda session: work.claim(session, case.id, lead, NOW, take_over=True))
    assert now_of(database, case).assignee_id == lead.id


def test_a_case_that_waits_again_may_be_claimed_by_anybody(
    database: Database, ana: DeskUser, ben: DeskUser
) -> None:
    trigger = trigger_of(database)
    case = opened(database, trigger)
    run(database, lambda session: work.claim(session, case.id, ana, NOW))

    urgent = replace(trigger, tier=1, message_id=another_message(database, trigger.conversation_id))
    assert opened(database, urgent).state is State.OPEN
    run(database, lambda session: work.claim(session, case.id, ben, NOW))
    assert now_of(database, case).assignee_id == ben.id
    assert trail(database, case)[-2:] == [("acknowledged", ben.email), ("claimed", ben.email)]


def test_starting_claims_and_does_not_take_from_another(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser
) -> None:
    with pytest.raises(TransitionRefused):
        run(database, lambda session: work.start(session, case.id, ana, NOW))
    run(database, lambda session: work.acknowledge(session, case.id, ben.email, NOW))
    run(database, lambda session: work.start(session, case.id, ana, NOW))
    assert (now_of(database, case).state, now_of(database, case).assignee_id) == (State.IN_PROGRESS, ana.id)
    with pytest.raises(ClaimedByAnother):
        run(database, lambda session: work.start(session, case.id, ben, NOW))
    assert [action for action, _ in audited(database, case)] == ["case_acknowledged", "case_started"]


def test_a_note_is_kept_apart_from_the_trail(database: Database, case: Case, ana: DeskUser) -> None:
    number = run(database, lambda session: work.note(session, case.id, ana.email, "Phoned <twice>", NOW))
    with database.transaction() as session:
        assert [(note.id, note.author, note.text, note.at) for note in notes.of_case(session, case.id)] == [
            (number, ana.email, "Phoned <twice>", NOW)
        ]
    assert trail(database, case)[-1] == ("note_added", ana.email)
    kept = rows(
        database,
        "SELECT details::text AS d FROM case_events UNION ALL SELECT details::text FROM audit_entries",
    )
    assert not any("Phoned" in row.d for row in kept)
    assert now_of(database, case).state is State.OPEN


def test_whoever_writes_to_the_patient_has_the_case_and_the_conversation(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser
) -> None:
    message = run(database, lambda session: work.reply(session, case.id, ana, " I have read it. ", NOW))
    again = run(database, lambda session: work.reply(session, case.id, ana, "I have read it.", NOW))
    assert message == again
    found = now_of(database, case)
    assert (found.state, found.assignee_id) == (State.IN_PROGRESS, ana.id)
    stored = rows(database, "SELECT author, text FROM messages WHERE id = :m", m=message)
    assert [tuple(row) for row in stored] == [("clinician", "I have read it.")]
    kinds = [kind for kind, _ in trail(database, case)]
    assert kinds == ["opened", "acknowledged", "claimed", "in_progress", "conversation_held", "replied"]
    with pytest.raises(HeldByAnother, match="Dr Ana Silva"):
        run(database, lambda session: work.reply(session, case.id, ben, "Me too", NOW))
    assert audited(database, case) == [("case_replied", ana.email)] * 2


def test_resolving_gives_the_conversation_back_once_nothing_else_is_open(
    database: Database, case: Case, ana: DeskUser
) -> None:
    run(database, lambda session: work.reply(session, case.id, ana, "Hello", NOW))
    run(
        database,
        lambda session: work.resolve(session, case.id, ana.email, Resolution.CONTACTED, "  ", NOW),
    )
    found = now_of(database, case)
    assert (found.state, found.resolution, found.resolved_reason) == (
        State.RESOLVED,
        Resolution.CONTACTED,
        "Talked or wrote with the patient",
    )
    with database.transaction() as session:
        assert hand_over.holder(session, case.conversation_id, NOW) is None
    assert audited(database, case)[-1] == ("case_resolved", ana.email)


def test_with_another_case_open_the_clinician_keeps_the_conversation(
    database: Database, ana: DeskUser
) -> None:

    trigger = trigger_of(database)
    mood = opened(database, trigger)
    opened(database, replace(trigger, category="concern_pregnancy", tier=1))
    run(database, lambda session: work.reply(session, mood.id, ana, "Hello", NOW))
    run(
        database,
        lambda session: work.resolve(session, mood.id, ana.email, Resolution.REFERRED, "To her GP", NOW),
    )
    with database.transaction() as session:
        hold = hand_over.holder(session, mood.conversation_id, NOW)
    assert hold is not None and hold.user_id == ana.id
    assert run(database, lambda session: work.give_back(session, mood.id, ana.email, NOW)) is True
    assert run(database, lambda session: work.give_back(session, mood.id, ana.email, NOW)) is False


def test_a_reopened_case_belongs_to_nobody(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser
) -> None:
    run(database, lambda session: work.claim(session, case.id, ana, NOW))
    run(database, lambda session: work.resolve(session, case.id, ana.email, Resolution.OTHER, "Moved", NOW))
    with pytest.raises(TransitionRefused):
        run(database, lambda session: work.claim(session, case.id, ben, NOW))
    run(database, lambda session: work.reopen(session, case.id, ben.email, NOW))
    found = now_of(database, case)
    assert (found.state, found.assignee_id, found.resolution) == (State.REOPENED, None, None)
    assert found.due_at == NOW + timedelta(minutes=20)


def test_reopening_beside_a_newer_case_is_refused(database: Database, ana: DeskUser) -> None:

    trigger = trigger_of(database)
    first = opened(database, trigger)
    run(database, lambda session: work.claim(session, first.id, ana, NOW))
    run(database, lambda session: work.resolve(session, first.id, ana.email, Resolution.DUPLICATE, "", NOW))
    opened(database, replace(trigger, message_id=another_message(database, trigger.conversation_id)))
    before = audited(database, first)
    with pytest.raises(AnotherCaseOpen):
        run(database, lambda session: work.reopen(session, first.id, ana.email, NOW))
    assert audited(database, first) == before


def test_what_cannot_be_recorded_is_not_done(database: Database, case: Case, ana: DeskUser) -> None:
    with database.transaction() as session:
        session.execute(
            sa.text("ALTER TABLE audit_entries ADD CONSTRAINT full_disk CHECK (number < 0) NOT VALID")
        )
    try:
        for step in (
            lambda session: work.claim(session, case.id, ana, NOW),
            lambda session: work.note(session, case.id, ana.email, "note", NOW),
            lambda session: work.reply(session, case.id, ana, "hello", NOW),
        ):
            with pytest.raises(sa.exc.IntegrityError):
                run(database, step)
    finally:
        with database.transaction() as session:
            session.execute(sa.text("ALTER TABLE audit_entries DROP CONSTRAINT full_disk"))
    assert trail(database, case) == [("opened", "front door")]
    assert now_of(database, case) == case


def test_a_page_that_is_too_old_is_told_what_has_happened(
    database: Database, case: Case, ana: DeskUser, ben: DeskUser
) -> None:
    seen = Seen(
        rows(database, "SELECT max(id) AS id FROM case_events WHERE case_id = :c", c=case.id)[0].id, 1
    )

    def expect(step: str, user: DeskUser) -> None:
        run(database, lambda session: work.expect_unchanged(session, case.id, step, seen, user.email))

    seq = rows(
        database, "SELECT max(seq) AS n FROM messages WHERE conversation_id = :c", c=case.conversation_id
    )[0].n
    seen = Seen(seen.event, seq)
    for step in work.STEPS:
        expect(step, ana)
    run(database, lambda session: work.claim(session, case.id, ben, NOW))
    with pytest.raises(CaseChanged) as changed:
        expect("acknowledge", ana)
    assert [event.kind for event in changed.value.events] == ["acknowledged", "claimed"]
    # One's own steps in another tab are no news, and a note is never refused.
    expect("acknowledge", ben)
    expect("note", ana)
    another_message(database, case.conversation_id)
    for step, fits in (("reply", False), ("resolve", False), ("release", True), ("note", True)):
        if fits:
            expect(step, ben)
            continue
        with pytest.raises(CaseChanged) as changed:
            expect(step, ben)
        assert (changed.value.events, changed.value.messages) == ((), 1)


def test_there_is_nothing_to_do_with_no_case(database: Database, ana: DeskUser) -> None:

    for step in (
        lambda session: work.claim(session, uuid4(), ana, NOW),
        lambda session: work.note(session, uuid4(), ana.email, "x", NOW),
        lambda session: work.expect_unchanged(session, uuid4(), "claim", EVERYTHING, ana.email),
    ):
        with pytest.raises(CaseNotFound):
            run(database, step)
