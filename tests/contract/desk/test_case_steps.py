"""Every step on a case over real HTTP: what the page says, what is kept, and what a page that is too old gets."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.cases.work import STEPS
from bot.database import Database
from tests.contract.desk.conftest import ANA, Desk
from tests.support.patient import Patient
from tests.support.world import rows

Raised = Callable[..., sa.engine.Row]


def events(database: Database, case: sa.engine.Row) -> list[tuple[str, str]]:
    found = rows(database, "SELECT kind, actor FROM case_events WHERE case_id = :c ORDER BY id", c=case.id)
    return [(row.kind, row.actor) for row in found]


def audited(database: Database, case: sa.engine.Row) -> list[tuple[str, str]]:
    """What the audit trail says of a case, but for views."""
    query = "SELECT action, actor FROM audit_entries WHERE subject = :c AND action <> 'case_viewed' ORDER BY number"
    return [(row.action, row.actor) for row in rows(database, query, c=str(case.id))]


def state_of(database: Database, case: sa.engine.Row) -> str:
    return str(rows(database, "SELECT state FROM cases WHERE id = :c", c=case.id)[0].state)


def test_a_case_is_claimed_worked_on_resolved_and_reopened(
    ana: Desk, raised: Raised, database: Database
) -> None:
    case = raised()
    assert "Resolve the case</button>" not in ana.case(case).text
    page = ana.step(case, "claim")
    assert (page.status_code, page.url.path) == (200, f"/desk/cases/{case.id}")
    assert page.history[0].status_code == 303
    assert "You have this case now." in page.text and "<strong>You have this case</strong>" in page.text
    assert "You have started work on this case." in ana.step(case, "start").text
    assert "Your note is saved." in ana.step(case, "note", note="Phoned <once>").text
    shown = ana.step(case, "resolve", resolution="contacted", comment="Called: <ok>").text
    assert "You have resolved this case." in shown
    assert "Talked or wrote with the patient" in shown and "Called: &lt;ok&gt;" in shown
    assert "Phoned &lt;once&gt;" in shown
    assert case.reference not in ana.http.get("/desk").text
    assert case.reference in ana.http.get("/desk?show=resolved").text
    assert "You have reopened this case." in ana.step(case, "reopen").text
    assert events(database, case) == [
        ("opened", "front door"),
        ("acknowledged", ANA),
        ("claimed", ANA),
        ("in_progress", ANA),
        ("note_added", ANA),
        ("resolved", ANA),
        ("reopened", ANA),
    ]
    assert audited(database, case) == [
        ("case_claimed", ANA),
        ("case_started", ANA),
        ("case_noted", ANA),
        ("case_resolved", ANA),
        ("case_reopened", ANA),
    ]
    kept = rows(
        database,
        "SELECT details::text AS d FROM case_events UNION ALL SELECT details::text FROM audit_entries",
    )
    assert not any("Called" in row.d or "Phoned" in row.d for row in kept)


def test_acknowledging_claims_nothing(ana: Desk, ben: Desk, raised: Raised, database: Database) -> None:
    case = raised()
    assert "You have acknowledged this case." in ana.step(case, "acknowledge").text
    assert "Nobody has claimed this case." in ben.case(case).text
    assert "You have this case now." in ben.step(case, "claim").text
    assert audited(database, case) == [("case_acknowledged", ANA), ("case_claimed", ben.email)]


def test_of_two_who_claim_one_is_told_who_has_it(
    ana: Desk, ben: Desk, raised: Raised, database: Database
) -> None:
    case = raised()
    pages = {desk.email: desk.case(case) for desk in (ana, ben)}
    together = Barrier(2)

    def claim(desk: Desk) -> tuple[int, str]:
        together.wait()
        response = desk.step(case, "claim", pages[desk.email])
        return response.status_code, response.text

    with ThreadPoolExecutor(2) as pool:
        (first, first_text), (second, second_text) = pool.map(claim, (ana, ben))
    assert sorted((first, second)) == [200, 409]
    winner, text = ("Dr Ana Silva", second_text) if second == 409 else ("Ben Okafor", first_text)
    assert f"{winner} has had this case since" in text and "Nothing was changed." in text
    assert [kind for kind, _ in events(database, case)].count("claimed") == 1


def test_a_lead_takes_over_and_releases(ana: Desk, ben: Desk, kim: Desk, raised: Raised) -> None:
    case = raised()
    ana.step(case, "claim")
    assert "Take over" not in ben.case(case).text
    assert ben.step(case, "claim", take_over="1").status_code == 409
    assert ben.step(case, "release").status_code == 409
    assert "Take over" in kim.case(case).text
    assert "<strong>You have this case</strong>" in kim.step(case, "claim", take_over="1").text
    assert "Nobody has claimed this case any more." in kim.step(case, "release").text


def test_a_reply_reaches_the_patient_and_says_who_wrote(
    ana: Desk, ben: Desk, raised: Raised, patient: Patient, database: Database
) -> None:
    case = raised()
    page = ana.step(case, "reply", reply="  We can see you today at <5>.  ")
    assert page.history[0].headers["location"].endswith("?done=reply#answer")
    assert "Your message is on its way to the patient." in page.text
    shown = [message for message in patient.history() if message["author"] == "clinician"]
    assert [(message["text"], message["role"]) for message in shown] == [
        ("We can see you today at <5>.", "Dr Ana Silva")
    ]
    assert "We can see you today at &lt;5&gt;." in page.text
    assert "Dr Ana Silva (clinician)" in page.text
    assert "You are writing with the patient." in page.text
    assert ("case_replied", ANA) in audited(database, case)
    other = ben.case(case).text
    assert "Dr Ana Silva is writing with the patient." in other and "Only one person writes" in other
    refused = ben.step(case, "reply", reply="I write too")
    assert refused.status_code == 409
    assert "Dr Ana Silva is writing with this patient" in refused.text and "I write too" in refused.text


def test_the_conversation_goes_back_to_the_assistant(ana: Desk, raised: Raised, patient: Patient) -> None:
    case = raised()
    ana.step(case, "reply", reply="Hello")
    page = ana.step(case, "return")
    assert "The assistant answers the patient again." in page.text
    assert "You are writing with the patient" not in page.text
    assert "I answer again" in patient.history()[-1]["text"]


def test_a_lead_takes_the_conversation_over(ana: Desk, kim: Desk, raised: Raised, patient: Patient) -> None:
    case = raised()
    ana.step(case, "reply", reply="Hello")
    assert kim.step(case, "reply", reply="Dr Kim here").status_code == 409
    assert kim.step(case, "reply", reply="Dr Kim here", take_over="1").status_code == 200
    assert patient.history()[-1]["text"] == "Dr Kim here"


def test_a_deleted_conversation_takes_no_reply(ana: Desk, raised: Raised, patient: Patient) -> None:
    case = raised()
    page = ana.case(case)
    patient.http.delete("/widget/v1/session")
    assert "nothing can be written there" in ana.case(case).text
    refused = ana.step(case, "reply", page, reply="What I had typed")
    assert refused.status_code == 409
    assert "What I had typed" in refused.text


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("reply", {"reply": " \u200b "}, "Please write something to the patient."),
        ("reply", {"reply": "x" * 4001}, "at most 4,000 characters"),
        ("note", {"note": ""}, "Please write something into the note."),
        ("note", {"note": "y" * 4001}, "at most 4,000 characters"),
        ("resolve", {"comment": "kept words"}, "Please choose how the case ends."),
        ("resolve", {"resolution": "vanished", "comment": "kept words"}, "Please choose how the case ends."),
        ("resolve", {"resolution": "other", "comment": "  "}, "Please say in a few words how the case ends."),
    ],
)
def test_forms_that_are_not_complete_come_back_with_what_was_typed(
    ana: Desk, raised: Raised, database: Database, step: str, fields: dict[str, str], words: str
) -> None:
    case = raised()
    ana.step(case, "acknowledge")
    before = events(database, case)
    page = ana.step(case, step, **fields)
    assert page.status_code == 422
    assert words in page.text
    typed = next(value for name, value in fields.items() if name != "resolution")
    assert typed.strip(" \u200b") in page.text
    assert events(database, case) == before


def test_a_page_that_is_too_old_changes_nothing_and_keeps_the_words(
    ana: Desk, ben: Desk, raised: Raised, database: Database
) -> None:
    case = raised()
    ana.step(case, "acknowledge")
    old = ana.case(case)
    ben.step(case, "note", note="Her GP knows already")
    ben.step(case, "resolve", resolution="referred", comment="")
    before = events(database, case)
    page = ana.step(case, "resolve", old, resolution="contacted", comment="Left a <message>")
    assert page.status_code == 409
    problem = page.text[page.text.index('id="problem"') : page.text.index('id="head"')]
    assert "This case has changed since you loaded the page." in problem
    assert "Note added: Ben Okafor" in problem
    assert "Resolved: Referred to somebody else: Ben Okafor" in problem
    assert "Left a &lt;message&gt;" in page.text
    assert events(database, case) == before
    assert ("case_resolved", ANA) not in audited(database, case)


def test_a_patient_who_has_written_meanwhile_is_read_before_the_reply_goes_out(
    ana: Desk, raised: Raised, patient: Patient
) -> None:
    case = raised()
    old = ana.case(case)
    patient.say("hi again, the test was wrong")
    page = ana.step(case, "reply", old, reply="Please come in", resolution="")
    assert page.status_code == 409
    assert "The patient has written a new message." in page.text
    assert "hi again, the test was wrong" in page.text
    assert re.search(r"<textarea id=\"reply\"[^>]*>Please come in</textarea>", page.text)
    # The page that comes back is new: the same words go out now.
    assert ana.step(case, "reply", page, reply="Please come in").status_code == 200
    assert [message["text"] for message in patient.history() if message["author"] == "clinician"] == [
        "Please come in"
    ]


def test_a_note_is_taken_whatever_has_happened(
    ana: Desk, ben: Desk, raised: Raised, patient: Patient
) -> None:
    case = raised()
    old = ana.case(case)
    ben.step(case, "claim")
    patient.say("I am pregnant, really")
    assert "Your note is saved." in ana.step(case, "note", old, note="Stands beside it").text


def test_a_reply_that_is_sent_twice_reaches_the_patient_once(
    ana: Desk, raised: Raised, patient: Patient
) -> None:
    case = raised()
    page = ana.case(case)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: ana.step(case, "reply", page, reply="Come at five"), range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [message["text"] for message in patient.history() if message["author"] == "clinician"] == [
        "Come at five"
    ]


def test_steps_out_of_order_are_refused_in_words(ana: Desk, raised: Raised, database: Database) -> None:
    case = raised()
    page = ana.step(case, "resolve", resolution="contacted")
    assert page.status_code == 409
    assert "a case that is open cannot become resolved" in page.text
    assert "nobody has claimed this case" in ana.step(case, "release").text
    assert ana.step(case, "explode").status_code == 404
    assert ana.http.get(f"/desk/cases/{uuid4()}").status_code == 404
    for step in STEPS:
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        fields = {"csrf": token[1], "note": "x", "reply": "x", "resolution": "contacted"}
        assert ana.http.post(f"/desk/cases/{uuid4()}/{step}", data=fields).status_code == 404
    assert events(database, case) == [("opened", "front door")]
    assert audited(database, case) == []


@pytest.mark.parametrize("seen", ["", "x", "1", "9999999999999999999999.1", "1.1.1", "-1.0"])
def test_odd_forms_are_judged_by_the_case_alone(
    ana: Desk, raised: Raised, database: Database, seen: str
) -> None:
    case = raised()
    assert ana.step(case, "acknowledge", seen=seen).status_code == 200
    assert state_of(database, case) == "acknowledged"


def test_every_view_of_a_case_is_recorded(ana: Desk, raised: Raised, database: Database) -> None:
    case = raised()
    ana.case(case)
    ana.http.get(f"/desk/cases/{case.id}/live")
    query = "SELECT actor, details FROM audit_entries WHERE subject = :c AND action = 'case_viewed' ORDER BY number"
    found = rows(database, query, c=str(case.id))
    assert [(row.actor, row.details) for row in found] == [
        (ANA, {"reference": case.reference, "refreshed": False}),
        (ANA, {"reference": case.reference, "refreshed": True}),
    ]


def test_contact_details_are_links(ana: Desk, raised: Raised, patient: Patient, database: Database) -> None:
    case = raised()
    with database.transaction() as session:
        session.execute(
            sa.text(
                "UPDATE cases SET contact_phone = '+1 (202) 555-0123', contact_email = 'a+b@mail.example' WHERE id = :c"
            ),
            {"c": case.id},
        )
    page = ana.case(case).text
    assert 'href="tel:+12025550123">+1 (202) 555-0123</a>' in page
    assert 'href="mailto:a%2Bb%40mail.example">a+b@mail.example</a>' in page


def test_other_cases_of_the_patient_are_a_click_away(ana: Desk, raised: Raised, patient: Patient) -> None:
    case = raised()
    mood = raised("and I feel very low")
    page = ana.case(case).text
    assert f'href="/desk/cases/{mood.id}">Low or changed mood {mood.reference}</a>' in page


def test_what_did_not_reach_the_patient_or_the_clinic_is_said(
    ana: Desk, raised: Raised, database: Database
) -> None:
    case = raised()
    with database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO deliveries (key, stream, channel, kind, case_id, status, attempts, problem, created_at,"
                " next_attempt_at, finished_at) VALUES (:k, 's', 'slack', 'case_alert', :c, 'dead', 5, 'HTTP 500',"
                " now(), now(), now())"
            ),
            {"k": str(uuid4()), "c": case.id},
        )
        session.execute(
            sa.text(
                "INSERT INTO case_events (case_id, kind, actor, at, details) VALUES (:c, 'patient_unreached', 'outbox',"
                " now(), CAST(:d AS jsonb))"
            ),
            {"c": case.id, "d": '{"channel": "telegram", "problem": "blocked"}'},
        )
    page = ana.case(case).text
    assert "Alert on Slack: not delivered, 5 tries (HTTP 500)" in page
    assert "A message could not be delivered to the patient (telegram: blocked)" in page
    assert "A message did not reach the patient" in ana.http.get("/desk").text
