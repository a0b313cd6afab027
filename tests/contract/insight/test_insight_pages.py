"""The insight pages over real HTTP: who gets in, what they show, what is kept of who looked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import yaml

from bot.commands.insight import export_labels
from bot.conversations.service import utc_now
from bot.database import Database
from bot.insight.samples import pick, week_of
from bot.settings import Settings
from bot.understanding.examples import read_examples
from bot.understanding.reading import Reading
from tests.support.desk import csrf, signed_in
from tests.support.timelines import MadeUp
from tests.support.world import rows

PAGES = ("/desk/insight", "/desk/insight/questions", "/desk/insight/samples")
READABLE = {
    "clinician": (),
    "lead": PAGES,
    "content_owner": PAGES,
    "administrator": (),
}
FILES = {"/desk/insight/outcomes.csv", "/desk/insight/questions.csv", "/desk/insight/labels.yml"}


@pytest.fixture(scope="module")
def made_up(database: Database) -> MadeUp:
    """A clinic with a little of everything, a week ago."""
    start = datetime.combine(week_of(utc_now().date()), datetime.min.time(), timezone.utc) - timedelta(days=6)
    found = MadeUp(database, start)
    for number in range(6):
        found.case(1, [("notified", 1), ("acknowledged", 5 + number), ("replied", 20)], number)
    for text in (
        "can i get a tattoo",
        "a tattoo can i get",
        '=HYPERLINK("http://x")',
        "does it help rosacea",
    ):
        found.unanswered(text)
    conversation = found.conversation()
    found.wrote(
        conversation,
        "can i drink wine, I am Dr Berg",
        3,
        reading=Reading("w", "faq", 0.9, topics=("alcohol",)),
    )
    found.wrote(conversation, "nothing feels real any more", 4, reading=Reading("n", "share_update", 0.9))
    with database.transaction() as session:
        pick(session, 20, utc_now())
    return found


@pytest.fixture
def lead(door: str, database: Database, made_up: MadeUp) -> Iterator[httpx.Client]:
    with signed_in(door, database, "lead@clinic.example", "lead") as client:
        yield client


@pytest.fixture
def owner(door: str, database: Database, made_up: MadeUp) -> Iterator[httpx.Client]:
    with signed_in(door, database, "owner@clinic.example", "content_owner") as client:
        yield client


def actions(database: Database) -> list[tuple[str, str, str]]:
    """The newest first."""
    found = rows(database, "SELECT actor, action, subject FROM audit_entries ORDER BY number DESC")
    return [(row.actor, row.action, row.subject) for row in found]


@pytest.mark.parametrize("role", sorted(READABLE))
def test_each_role_gets_to_its_pages_and_no_others(
    door: str, database: Database, made_up: MadeUp, role: str
) -> None:
    message = sample_of(database, "nothing feels real")
    posts = {
        "/desk/insight/questions/status": role in ("lead", "content_owner"),
        f"/desk/insight/samples/{message}": role in ("lead", "content_owner"),
        f"/desk/insight/samples/{message}/case": role in ("lead", "content_owner"),
    }
    with signed_in(door, database, f"{role}@clinic.example", role) as client:
        for page in PAGES:
            assert client.get(page).status_code == (200 if page in READABLE[role] else 403), page
        for file in FILES:
            assert client.get(file).status_code == (200 if READABLE[role] else 403), file
        one = client.get(f"/desk/insight/samples/{message}")
        assert one.status_code == (200 if READABLE[role] else 403)
        for address, allowed in posts.items():
            refused = client.post(address, data={"csrf": "forged"})
            assert refused.status_code == 403
            assert ("too old" in refused.text) == allowed
    for page in PAGES:
        assert httpx.get(door + page, trust_env=False).headers["location"] == "/desk/sign-in"


def test_a_content_owner_who_presses_all_the_same_opens_no_case_and_reads_whom_to_tell(
    owner: httpx.Client, database: Database
) -> None:
    message = sample_of(database, "nothing feels real")
    form = {"csrf": csrf(owner.get(f"/desk/insight/samples/{message}"))}
    page = owner.post(f"/desk/insight/samples/{message}/case", data=form)
    assert (page.status_code, "Tell a clinician" in page.text) == (409, True)
    assert rows(database, "SELECT 1 FROM cases WHERE message_id = :m", m=message) == []


def test_the_figures_have_charts_with_names_tables_and_no_words_of_patients(lead: httpx.Client) -> None:
    page = lead.get("/desk/insight?days=30")
    assert page.text.count('<svg class="chart" role="img"') >= 6
    assert page.text.count("<table>") == 12
    assert "Half within" in page.text and "Low or changed mood" in page.text
    for words in ("tattoo", "nothing feels real", "Berg"):
        assert words not in page.text


def test_days_that_make_no_sense_are_said_and_the_usual_ones_shown(lead: httpx.Client) -> None:
    page = lead.get("/desk/insight?from=2026-13-01&to=2026-11-23")
    assert page.status_code == 422
    assert "like 2026-11-23" in page.text and "<svg" in page.text
    assert lead.get("/desk/insight/outcomes.csv?days=5").status_code == 422


def test_every_table_has_its_file_and_the_export_is_kept(lead: httpx.Client, database: Database) -> None:
    page = lead.get("/desk/insight?days=90")
    links = [
        part.partition('"')[0] for part in page.text.split('href="/desk/insight/') if ".csv?" in part[:80]
    ]
    assert len(links) == 12
    for link in links:
        file = lead.get("/desk/insight/" + link.replace("&amp;", "&"))
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in file.headers["content-disposition"]
        table = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        assert len({len(row) for row in table}) == 1
        assert actions(database)[0] == ("lead@clinic.example", "insight_exported", link.partition(".csv")[0])
    assert lead.get("/desk/insight/nothing.csv").status_code == 404


def test_questions_are_grouped_and_a_whole_group_gets_its_status(
    owner: httpx.Client, database: Database, made_up: MadeUp
) -> None:
    page = owner.get("/desk/insight/questions")
    assert actions(database)[0][:2] == ("owner@clinic.example", "questions_viewed")
    assert "Asked 2 times" in page.text
    (ids,) = [
        r.ids
        for r in rows(
            database,
            "SELECT string_agg(id::text, ',') AS ids FROM unanswered_questions WHERE text ~ 'tattoo'",
        )
    ]
    form = {"csrf": csrf(page), "ids": ids, "status": "answered", "show": "open"}
    saved = owner.post("/desk/insight/questions/status", data=form)
    assert "Saved: Answered elsewhere" in saved.text
    assert "tattoo" not in saved.text
    assert actions(database)[1][:2] == ("owner@clinic.example", "question_marked")
    made_up.unanswered("tattoo? can i get a")
    again = owner.get("/desk/insight/questions")
    assert "New since then" in again.text and "tattoo? can i get a" in again.text
    for bad in ({"status": "gone"}, {"ids": ""}, {"ids": "1; DROP"}, {"ids": "9" * 30}):
        refused = owner.post("/desk/insight/questions/status", data={**form, **bad})
        assert refused.status_code == 422
    assert owner.get("/desk/insight/questions?show=x").status_code == 404


def test_a_question_that_looks_like_a_formula_stays_a_question(
    owner: httpx.Client, database: Database
) -> None:
    file = owner.get("/desk/insight/questions.csv")
    cells = [
        cell for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline="")) for cell in row
    ]
    assert '\'=HYPERLINK("http://x")' in cells
    assert actions(database)[0] == ("owner@clinic.example", "insight_exported", "questions")


def sample_of(database: Database, words: str) -> UUID:
    found = rows(database, "SELECT message_id FROM review_samples WHERE text LIKE :w", w=f"%{words}%")
    message: UUID = found[0].message_id
    return message


def review(client: httpx.Client, message: UUID, **fields: object) -> httpx.Response:
    address = f"/desk/insight/samples/{message}"
    return client.post(address, data={"csrf": csrf(client.get(address)), **fields})


def test_a_reviewer_labels_a_message_and_the_labels_become_training_data(
    owner: httpx.Client, database: Database, database_url: str, tmp_path: Path
) -> None:
    message = sample_of(database, "can i drink wine")
    page = owner.get(f"/desk/insight/samples/{message}")
    assert "Dr [name]" in page.text and "Berg" not in page.text
    assert actions(database)[0] == ("owner@clinic.example", "sample_viewed", str(message))
    review(owner, message, verdict="fine", concern="concern_mood")
    (row,) = rows(database, "SELECT * FROM review_samples WHERE message_id = :m", m=message)
    assert (row.labels, row.concern, row.reviewed_by) == (["faq/alcohol"], None, "owner@clinic.example")
    review(owner, message, verdict="changed", concern="", label=["faq/alcohol", "faq/liver"])
    assert [a for a in actions(database) if a[1] == "sample_labelled"][0][2] == str(message)
    file = owner.get("/desk/insight/labels.yml")
    assert actions(database)[0][:2] == ("owner@clinic.example", "labels_exported")
    (tmp_path / "labels.yml").write_text(file.text, encoding="utf-8")
    (example,) = read_examples(tmp_path)
    assert example.labels == ("faq/alcohol", "faq/liver") and "Berg" not in example.text
    assert yaml.safe_load(file.text)["version"] == "3.1"
    assert export_labels(Settings(database_url=database_url)) == file.text.rstrip()
    assert actions(database)[0] == ("command line", "labels_exported", "all")
    wrong = review(owner, message, verdict="changed", concern="", label=["faq/unheard_of"])
    assert wrong.status_code == 422 and "on this page" in wrong.text


def test_a_missed_concern_is_a_case_with_one_press_or_a_warning(
    owner: httpx.Client, lead: httpx.Client, database: Database
) -> None:
    message = sample_of(database, "nothing feels real")
    assert "Open a case now" not in lead.get(f"/desk/insight/samples/{message}").text
    form = {"csrf": csrf(lead.get("/desk"))}
    assert lead.post(f"/desk/insight/samples/{message}/case", data=form).status_code == 409
    page = review(owner, message, verdict="changed", concern="concern_mood")
    assert "nobody has been told" in page.text and "Open a case now" not in page.text
    assert "1 missed concern has no case" in " ".join(lead.get("/desk/insight/samples").text.split())
    form = {"csrf": csrf(lead.get(f"/desk/insight/samples/{message}"))}
    case_page = lead.post(f"/desk/insight/samples/{message}/case", data=form)
    assert case_page.url.path.startswith("/desk/cases/")
    assert "nothing feels real any more" in case_page.text
    assert "case_opened" in {action for _, action, _ in actions(database)}
    (case,) = rows(database, "SELECT category, tier, reference FROM cases WHERE message_id = :m", m=message)
    assert (case.category, case.tier) == ("concern_mood", 2)
    assert case.reference in lead.get(f"/desk/insight/samples/{message}").text


def test_a_sample_that_is_gone_is_said_to_be(lead: httpx.Client) -> None:
    for address in (f"/desk/insight/samples/{uuid4()}", f"/desk/insight/samples/{uuid4()}/case"):
        token = csrf(lead.get("/desk"))
        page = lead.post(address, data={"csrf": token, "verdict": "fine", "concern": ""})
        assert (page.status_code, "no such sample" in page.text) == (404, True)
    assert lead.get(f"/desk/insight/samples/{uuid4()}").status_code == 404
