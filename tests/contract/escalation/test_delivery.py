"""Pages that fail: they are tried again, given up in time, told of, and never sent to whom they would not help."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cases import service as case_service
from bot.cases.domain import State
from bot.channels.apprise.provider import KEY_HEADER, Provider
from bot.channels.sending import Refused, TryLater
from bot.escalation.policy import Address, Policy
from tests.contract.escalation.conftest import START
from tests.support.on_call import OnCall
from tests.support.receivers import Mailbox, PageService
from tests.support.servers import free_port


def down(*paths: str) -> object:
    return lambda path: 503 if path in paths else 200


def test_a_short_failure_is_bridged_with_the_same_key(
    clinic: OnCall, pager: PageService, mail: Mailbox
) -> None:
    pager.answers = down("/ana")  # type: ignore[assignment]
    mail.answer = "451 try later"
    case = clinic.opens()
    assert clinic.case(case).state is State.OPEN
    problems = {row.problem for row in clinic.deliveries(case)}
    assert problems == {"not taken (status 503)", "not taken, or no connection"}
    pager.answers = down()  # type: ignore[assignment]
    mail.answer = "250 OK"
    clinic.pass_by(seconds=5)
    assert clinic.case(case).state is State.NOTIFIED
    assert pager.asked["/ana"] == 2
    assert [page.key for page in pager.arrived] == [f"page:{case.id}:1:1:ana:0"]
    assert [str(found[KEY_HEADER]) for found in mail.mails] == [f"page:{case.id}:1:1:ana:1"]


def test_nothing_is_sent_for_a_case_that_was_acknowledged_in_the_meantime(
    clinic: OnCall, pager: PageService, mail: Mailbox
) -> None:
    pager.answers = down("/ana")  # type: ignore[assignment]
    case = clinic.opens()
    clinic.pass_by(seconds=3)
    clinic.acknowledges(case)
    pager.answers = down()  # type: ignore[assignment]
    clinic.pass_by(minutes=10)
    assert pager.arrived == []
    assert sorted(row.status for row in clinic.deliveries(case)) == ["cancelled", "sent"]


def test_a_page_that_fails_gives_way_to_the_next_step_and_the_others_are_told_once(
    clinic: OnCall, pager: PageService, mail: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    pager.answers = down("/ana")  # type: ignore[assignment]
    case = clinic.opens()
    with caplog.at_level(logging.ERROR):
        clinic.pass_by(minutes=6)
    assert "is given up after" in caplog.text and "json://" not in caplog.text
    failed = clinic.events(case, "page_failed")
    assert [(event.details["person"], event.details["kind"]) for event in failed] == [("ana", "push")]
    alarms = [page for page in pager.arrived if "could not be delivered" in page.body]
    assert sorted(page.path for page in alarms) == ["/ben", "/lee"]
    assert all("A page to Dr Ana Silva could not be delivered" in page.body for page in alarms)
    clinic.pass_by(minutes=25)
    assert len(clinic.events(case, "page_failed")) >= 2
    alarms = [page for page in pager.arrived if "could not be delivered" in page.body]
    assert len(alarms) == 2, "once a round"
    assert clinic.case(case).state is State.NOTIFIED, "her mail got through"


def test_when_no_page_reaches_anybody_the_case_says_so_until_one_does(
    clinic: OnCall, pager: PageService, mail: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    pager.answers = down("/ana", "/ben", "/lee")  # type: ignore[assignment]
    mail.answer = "550 no"
    case = clinic.opens("I feel very low")
    with caplog.at_level(logging.ERROR):
        clinic.pass_by(minutes=70)
    assert clinic.case(case).state is State.DELIVERY_FAILED
    assert "has reached anybody" in caplog.text
    with clinic.database.transaction() as session:
        from bot.cases import repository

        assert repository.told(session, case.conversation_id) is None, (
            "the patient does not read that they know"
        )
    pager.answers = down()  # type: ignore[assignment]
    clinic.pass_by(minutes=60)
    assert clinic.case(case).state is State.NOTIFIED
    kinds = [event.kind for event in clinic.events(case, "delivery_failed", "notified")]
    assert kinds == ["delivery_failed", "notified"]


def test_one_slow_address_holds_back_no_other(
    clinic: OnCall, pager: PageService, mail: Mailbox, policy: Policy
) -> None:
    person = policy.people["ana"]
    nowhere = Address(f"json://127.0.0.1:{free_port()}/x", "push", "push message")
    people = {**policy.people, "ana": replace(person, addresses=(nowhere, *person.addresses))}
    clinic = OnCall(clinic.database, replace(policy, people=people), START)
    case = clinic.opens()
    assert [page.path for page in pager.arrived] == ["/ana"] and len(mail.mails) == 1
    assert clinic.case(case).state is State.NOTIFIED


def test_an_address_that_is_gone_from_the_policy_is_given_up_at_once(
    clinic: OnCall, pager: PageService, policy: Policy
) -> None:
    pager.answers = down("/ana")  # type: ignore[assignment]
    case = clinic.opens()
    people = {**policy.people, "ana": replace(policy.people["ana"], addresses=())}
    later = OnCall(clinic.database, replace(policy, people=people), START)
    later.pass_by(seconds=5)
    assert [event.details["problem"] for event in later.events(case, "page_failed")] == [
        "the policy has no such address any more"
    ]


def test_a_case_with_other_concerns_of_the_patient_has_pages_of_its_own(
    clinic: OnCall, pager: PageService
) -> None:
    conversation = clinic.conversation()
    clinic.says(conversation, "I think I am pregnant and want to kill myself")
    assert len({page.key for page in pager.at("/ana")}) == 2


def test_slack_and_the_desk_stop_the_ladder_in_the_same_way(clinic: OnCall, pager: PageService) -> None:
    """Both go through `service.acknowledge`; what follows hangs on the case, not on where the button was."""
    case = clinic.opens()
    with clinic.database.transaction() as session:
        case_service.acknowledge(session, case.id, "ben@clinic.example", clinic.now)
    clinic.pass_by(minutes=15)
    assert len(pager.arrived) == 1


def test_an_address_that_cannot_be_used_is_refused_and_silence_is_tried_again() -> None:
    provider = Provider()
    with pytest.raises(Refused):
        provider.send("nosuchservice://x", "t", "b", "k", urgent=True)
    with pytest.raises(TryLater):
        provider.send(f"json://127.0.0.1:{free_port()}", "t", "b", "k", urgent=True)


def test_the_library_logs_no_address(pager: PageService, capfd: pytest.CaptureFixture[str]) -> None:
    pager.answers = lambda path: 401
    with pytest.raises(TryLater, match="status 401"):
        Provider().send(f"json://user:secret@127.0.0.1:{pager.port}/ana", "t", "b", "k", urgent=False)
    out, err = capfd.readouterr()
    assert "secret" not in out + err and "127.0.0.1" not in out + err


def test_settings_name_the_policy(tmp_path: Path) -> None:
    from bot.errors import AssistantError
    from bot.escalation.setting import check_paging, load_policy, paging_warning
    from bot.settings import Settings

    assert load_policy(Settings()) is None
    assert "nobody is paged" in check_paging(Settings())
    assert "Nobody is paged" in paging_warning(Settings())
    with pytest.raises(AssistantError, match="POLICY_FILE: there is no file"):
        check_paging(Settings(policy_file=str(tmp_path / "none.yml")))
    broken = tmp_path / "policy.yml"
    broken.write_text("people: {}", encoding="utf-8")
    with pytest.raises(AssistantError, match="policy.yml"):
        check_paging(Settings(policy_file=str(broken)))
