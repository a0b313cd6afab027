"""The whole ladder against a real database and real receivers: who is paged when, and what stops it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.cases import ladder
from bot.cases import service as case_service
from bot.cases.domain import State
from bot.escalation import store
from tests.contract.escalation.conftest import START
from tests.support.on_call import DESK, OnCall
from tests.support.receivers import Mailbox, PageService

ANA, BEN, LEE = "/ana", "/ben", "/lee"


def minutes(clinic: OnCall, case: object, kind: str = "paged") -> list[tuple[float, str]]:
    """When and whom, in minutes after the case was opened."""
    return [
        ((event.at - START).total_seconds() / 60, str(event.details["person"]))
        for event in clinic.events(case, kind)  # type: ignore[arg-type]
    ]


def test_an_urgent_case_climbs_the_ladder_until_somebody_acknowledges(
    clinic: OnCall, pager: PageService, mail: Mailbox
) -> None:
    case = clinic.opens()
    assert [page.path for page in pager.arrived] == [ANA]
    assert len(mail.to("ana@clinic.example")) == 1
    assert clinic.case(case).state is State.NOTIFIED
    clinic.pass_by(minutes=36)
    assert minutes(clinic, case) == [
        (0, "ana"),
        (5, "ana"),
        (10, "ben"),
        (20, "lee"),
        (35, "ana"),
        (35, "ben"),
        (35, "lee"),
    ]
    clinic.acknowledges(case)
    before = len(pager.arrived)
    clinic.pass_by(minutes=20)
    assert len(pager.arrived) == before


def test_a_page_says_how_urgent_it_is_and_leads_to_the_desk_but_tells_nothing_else(
    clinic: OnCall, pager: PageService, mail: Mailbox
) -> None:
    case = clinic.opens("I am very low and hopeless, I think I am pregnant")
    texts = [page.title + page.body for page in pager.arrived]
    texts += [str(found["Subject"]) + found.get_content() for found in mail.mails]
    assert len(texts) == 4  # a case each for pregnancy and mood, by two ways each
    for text in texts:
        for word in ("pregnan", "hopeless", "low", "mood", "suicid", case.conversation_id.hex):
            assert word not in text.lower()
        assert "Urgency: now" in text
        token = text.partition(f"{DESK}/desk/page/")[2].split()[0]
        found = clinic.links.case_of(token, clinic.now)
        assert found is not None
        assert clinic.links.case_of(token, clinic.now + timedelta(days=8)) is None
        assert clinic.links.case_of(token[:-9] + "A" * 9, clinic.now) is None
    assert case.reference in "".join(texts)


def test_the_category_is_named_where_the_clinic_allows_it(
    clinic: OnCall, pager: PageService, policy: object, database: object
) -> None:
    from dataclasses import replace

    open_clinic = OnCall(clinic.database, replace(policy, show_category=True), START)  # type: ignore[type-var]
    open_clinic.opens()
    assert "Concern: Possible pregnancy" in pager.arrived[0].body


def test_a_same_day_case_in_the_night_waits_for_the_morning_and_for_the_end_of_holidays(
    clinic: OnCall, pager: PageService
) -> None:
    """Christmas Eve in the evening; the clinic opens again on Tuesday, as Boxing Day is made up for on Monday."""
    clinic.now = datetime(2026, 12, 24, 20, 0, tzinfo=timezone.utc)
    case = clinic.opens("I feel very low")
    clinic.pass_by(days=4, hours=11)
    assert pager.arrived == []
    clinic.pass_by(hours=1, minutes=1)
    assert [event.at for event in clinic.events(case, "paged")] == [
        datetime(2026, 12, 29, 8, 0, tzinfo=timezone.utc)
    ]
    clinic.pass_by(hours=2)
    assert [page.path for page in pager.arrived] == [ANA, BEN]


def test_an_urgent_case_waits_for_no_morning_and_no_holiday(clinic: OnCall, pager: PageService) -> None:
    clinic.now = datetime(2026, 12, 25, 3, 0, tzinfo=timezone.utc)
    clinic.opens()
    clinic.pass_by(minutes=21)
    assert [page.path for page in pager.arrived] == [ANA, ANA, BEN, LEE]


def test_an_acknowledgement_lapses_without_action_and_everybody_is_paged_again(
    clinic: OnCall, pager: PageService
) -> None:
    case = clinic.opens()
    clinic.pass_by(minutes=3)
    clinic.acknowledges(case)
    clinic.pass_by(minutes=29)
    assert clinic.case(case).state is State.ACKNOWLEDGED and len(pager.arrived) == 1
    clinic.pass_by(minutes=1)
    assert clinic.case(case).state is State.NOTIFIED
    assert [event.kind for event in clinic.events(case, "lapsed")] == ["lapsed"]
    assert clinic.case(case).due_at == clinic.now + timedelta(minutes=20)
    clinic.pass_by(minutes=10)
    assert [page.path for page in pager.arrived] == [ANA, ANA, ANA, BEN]


def test_what_a_clinician_does_pushes_the_lapse_on(clinic: OnCall, pager: PageService) -> None:
    case = clinic.opens()
    clinic.acknowledges(case)
    clinic.pass_by(minutes=25)
    with clinic.database.transaction() as session:
        ladder.acted(session, case.id, clinic.now)
    clinic.pass_by(minutes=29)
    assert clinic.case(case).state is State.ACKNOWLEDGED
    with clinic.database.transaction() as session:
        case_service.start_progress(session, case.id, "ana@clinic.example", clinic.now)
    clinic.pass_by(hours=23)
    assert clinic.case(case).state is State.IN_PROGRESS and len(pager.arrived) == 1
    clinic.pass_by(hours=2)
    assert clinic.case(case).state is State.NOTIFIED, "a case that is worked on is not forgotten"


def test_resolved_is_the_end_and_reopened_a_new_beginning(clinic: OnCall, pager: PageService) -> None:
    case = clinic.opens()
    clinic.acknowledges(case)
    clinic.resolves(case)
    clinic.pass_by(days=3)
    assert len(pager.arrived) == 1 and clinic.case(case).state is State.RESOLVED
    with clinic.database.transaction() as session:
        case_service.reopen(session, case.id, "ana@clinic.example", clinic.now)
    clinic.work()
    assert [page.path for page in pager.arrived] == [ANA, ANA]


def test_news_after_somebody_had_seen_it_opens_the_case_again(clinic: OnCall, pager: PageService) -> None:
    conversation = clinic.conversation()
    case = clinic.says(conversation, "I think I am pregnant")
    clinic.acknowledges(case)
    clinic.pass_by(minutes=5)
    clinic.says(conversation, "I really think I am pregnant")
    assert clinic.case(case).state is State.NOTIFIED
    assert len(pager.arrived) == 2


def test_news_on_a_case_that_waits_pages_again_but_never_sets_the_ladder_back(
    clinic: OnCall, pager: PageService
) -> None:
    """Somebody who writes every minute must not keep the backup from being paged."""
    conversation = clinic.conversation()
    case = clinic.says(conversation, "I think I am pregnant")
    for _ in range(9):
        clinic.pass_by(minutes=1)
        clinic.says(conversation, "I really think I am pregnant")
    clinic.pass_by(minutes=2)
    found = minutes(clinic, case)
    assert (10, "ben") in found
    assert {at for at, _ in found} == {0, 2, 4, 5, 7, 9, 10}, "at most every two minutes"
    assert len({page.key for page in pager.arrived}) == len(pager.arrived)


def test_news_while_a_clinician_holds_the_conversation_pages_nobody(
    clinic: OnCall, pager: PageService
) -> None:
    conversation = clinic.conversation()
    case = clinic.says(conversation, "I feel very low")
    clinic.acknowledges(case)
    hold(clinic, conversation.id)
    clinic.says(conversation, "I still feel very low")
    assert clinic.case(case).state is State.ACKNOWLEDGED and len(pager.arrived) == 1
    more_urgent = clinic.says(conversation, "I feel hopeless")
    assert more_urgent.id == case.id
    assert clinic.case(case).state is State.NOTIFIED and len(pager.arrived) == 2


def hold(clinic: OnCall, conversation_id: object) -> None:
    import sqlalchemy as sa

    from bot.accounts import users

    with clinic.database.transaction() as session:
        users.create_user(
            session, "ana@clinic.example", "Dr Ana Silva", "clinician", "a long password for tests"
        )
        session.execute(
            sa.text(
                "UPDATE conversations SET held_by = (SELECT id FROM desk_users LIMIT 1), held_since = :now,"
                " held_until = :until WHERE id = :id"
            ),
            {"now": clinic.now, "until": clinic.now + timedelta(hours=1), "id": conversation_id},
        )


def test_after_an_outage_what_was_missed_is_one_page_for_each_person(
    clinic: OnCall, pager: PageService
) -> None:
    case = clinic.opens()
    clinic.pass_by(minutes=52, idle=True)
    assert clinic.runner.look_at_due(clinic.now) == 1, "and the log says that it was late"
    clinic.work()
    assert sorted(page.path for page in pager.arrived) == [ANA, ANA, BEN, LEE]
    late = clinic.events(case, "paged")[-1]
    assert late.details["steps"] == [2, 3, 4, 5, 6]
    clinic.pass_by(minutes=14)
    assert len(pager.arrived) == 4 + 3, "the ladder goes on where it would have been"


def test_without_a_policy_nobody_is_paged_and_the_case_says_so_once(
    clinic: OnCall, pager: PageService
) -> None:
    alone = OnCall(clinic.database, None, START)
    case = alone.opens()
    alone.pass_by(minutes=19)
    assert [event.details["reason"] for event in alone.events(case, "nobody_to_page")] == ["no_policy"]
    assert alone.case(case).state is State.OPEN
    # Soon after there is a policy, what waited is paged.
    clinic.now = alone.now
    clinic.pass_by(minutes=1)
    assert ANA in [page.path for page in pager.arrived]


def test_two_workers_at_once_page_once(clinic: OnCall, pager: PageService) -> None:
    from concurrent.futures import ThreadPoolExecutor

    clinic.service.receive_text(clinic.conversation(), "one", "I think I am pregnant")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: clinic.runner.look_at_due(clinic.now), range(8)))
    clinic.work()
    assert [page.path for page in pager.arrived] == [ANA]


@pytest.mark.parametrize("tier_2", [True, False])
def test_the_clock_of_a_case_always_says_when_it_is_looked_at_next(clinic: OnCall, tier_2: bool) -> None:
    case = clinic.opens("I feel very low" if tier_2 else "I think I am pregnant")
    with clinic.database.transaction() as session:
        found = store.by_id(session, case.id)
    assert found is not None and found.next_step_at is not None
    assert found.next_step_at == START + (timedelta(hours=2) if tier_2 else timedelta(minutes=5))
