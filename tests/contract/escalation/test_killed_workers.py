"""A thousand cases while workers are killed, connections are cut and PostgreSQL restarts: nothing is lost."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest
from sqlalchemy.orm import Session

from bot.cases import service as case_service
from bot.conversations import repository as conversations
from bot.conversations.service import utc_now
from bot.database import Database, DatabaseUnavailable, embedded_postgres, migrate
from bot.escalation.policy import Policy
from bot.jobs.worker import CONCURRENCY
from tests.support import page_worker
from tests.support.on_call import policy_of, trigger
from tests.support.reader import KeywordReader
from tests.support.receivers import PageService
from tests.support.world import rows

Done = TypeVar("Done")

CASES = 1_000
WORKERS = 2
EVENTS = ("kill", "kill", "cut", "kill", "restart", "kill", "kill", "cut", "kill", "kill")
# It takes about 30 s of processor time; measured 198 s on two cores that had ten processes to run.
LONGEST_SECONDS = 300.0

POLICY = """\
time_zone: Europe/London
people:
  ana: {{name: Dr Ana Silva, addresses: [{{url: "json://127.0.0.1:{port}/ana", kind: push}}]}}
  ben: {{name: Ben Okoro, addresses: [{{url: "json://127.0.0.1:{port}/ben", kind: push}}]}}
duties:
  on-call: {{who: ana}}
  lead: {{who: ben}}
ladders:
  tier 1: {{steps: [{{after: 0 min, page: on-call}}, {{after: 20 min, page: lead}}], then_every: 15 min}}
  tier 2: {{steps: [{{after: 0 min, page: on-call}}], then_every: 2 h}}
  tier 3: {{steps: [{{after: 0 min, page: on-call}}], then_every: 24 h}}
"""


@pytest.fixture
def own_postgres() -> Iterator[tuple[str, Path]]:
    """A server of this test's own, as it is going to be restarted; its data folder too."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with embedded_postgres(folder) as url:
            migrate(url)
            yield url, folder / "pgdata"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def until_the_database_answers(database: Database, do: Callable[[Session], Done]) -> Done:
    """In one transaction; tried again while the database is away, as a patient's page does."""
    while True:
        try:
            with database.transaction() as session:
                return do(session)
        except DatabaseUnavailable:
            time.sleep(0.2)


def open_a_case(database: Database) -> None:
    """As the front door does: a conversation first, then its message and the case in one transaction.

    A commit may have happened although its answer never came back. The message is sent again by the same id, so the
    second try finds it; that id counts within its conversation, which the second try must not make anew.
    """
    conversation = until_the_database_answers(database, new_conversation)
    message = uuid4().hex
    until_the_database_answers(database, lambda session: tell_once(session, conversation, message))


def new_conversation(session: Session) -> UUID:
    now = utc_now()
    return conversations.add_conversation(
        session,
        channel="widget",
        region="UK",
        language="en",
        token_hash=uuid4().bytes + uuid4().bytes,
        expires_at=now,
        now=now,
    )


def tell_once(session: Session, conversation: UUID, message: str) -> None:
    conversations.conversation(session, conversation, lock=True)
    if conversations.message_of_client_id(session, conversation, message) is not None:
        return
    now = utc_now()
    stored, _ = conversations.add_patient_message(
        session,
        conversation_id=conversation,
        kind="text",
        text="I think I am pregnant",
        client_id=message,
        reading=KeywordReader().read("I think I am pregnant"),
        custom={},
        now=now,
    )
    case_service.open_case(session, trigger(conversation, stored, 1, "concern_pregnancy"), now)


class Chaos:
    """Kills workers at random points and starts others."""

    def __init__(self, url: str, policy: Policy) -> None:
        self._arguments = (url, policy)
        self._context: Any = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.support.page_worker"])
        self.workers: list[Any] = []
        self.killed = 0

    def __enter__(self) -> Chaos:
        for _ in range(WORKERS):
            self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        while self.workers:
            self.workers.pop().kill()

    def start(self) -> None:
        worker = self._context.Process(target=page_worker.run, args=self._arguments)
        worker.start()
        self.workers.append(worker)

    def kill(self) -> None:
        worker = self.workers.pop(0)
        worker.kill()
        worker.join(10)
        self.killed += 1


def cut_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def crash_and_restart(data: Path) -> None:
    """Immediate: as after a power cut, what was not committed is gone and the server recovers."""
    server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    control = Path(server.exe()).with_name("pg_ctl")
    subprocess.run(
        [control, "-D", data, "-w", "-m", "immediate", "-l", data / "log", "restart"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=server.uids().real,
        cwd=data,
    )


def busy_for_a_while(pager: PageService, dice: random.Random, began: float) -> None:
    """Until the workers have sent some pages more, and then to a random point in the middle of what they do."""
    enough = len(pager.arrived) + dice.randrange(10, 60)
    while len(pager.arrived) < enough:
        assert time.monotonic() - began < LONGEST_SECONDS, f"{len(pager.arrived)} of {CASES} paged"
        time.sleep(0.02)
    time.sleep(dice.uniform(0, 0.3))


def count(database: Database, sql: str) -> int:
    try:
        return int(rows(database, sql)[0][0])
    except DatabaseUnavailable:
        return -1


def test_a_thousand_cases_survive_whatever_dies(
    own_postgres: tuple[str, Path], pager: PageService, tmp_path: Path
) -> None:
    url, data = own_postgres
    policy = policy_of(tmp_path, POLICY.format(port=pager.port))
    database = Database(url)
    with Chaos(url, policy) as chaos:
        began = time.monotonic()
        survive(chaos, database, data, pager, began)
    found = rows(database, "SELECT id, state FROM cases")
    assert len(found) == CASES, "none is lost, none is opened twice"
    assert {row.state for row in found} == {"notified"}, "none was resolved by itself"
    keys = Counter(page.key for page in pager.arrived)
    assert set(keys) == {f"page:{row.id}:1:1:ana:0" for row in found}, (
        "every case paged, repeats by the same key"
    )
    for kind in ("opened", "paged", "page_sent", "notified"):
        trail = rows(
            database, f"SELECT count(*) AS n FROM case_events WHERE kind = '{kind}' GROUP BY case_id"
        )
        assert [row.n for row in trail] == [1] * CASES, kind
    repeats = sum(keys.values()) - CASES
    assert repeats <= len(EVENTS) * WORKERS * CONCURRENCY, "only what was under way can come twice"
    database.dispose()
    print(f"{chaos.killed} kills, {repeats} repeats, {time.monotonic() - began:.0f} s")


def survive(chaos: Chaos, database: Database, data: Path, pager: PageService, began: float) -> None:
    """Open a thousand cases while things die, and wait until every page is out."""
    dice = random.Random(7)
    with ThreadPoolExecutor(4) as patients:
        opening = [patients.submit(open_a_case, database) for _ in range(CASES)]
        for event in EVENTS:
            busy_for_a_while(pager, dice, began)
            if event == "restart":
                crash_and_restart(data)
            elif event == "cut":
                cut_connections(database.url)
            else:
                chaos.kill()
                chaos.start()
        for one in opening:
            one.result()
    waiting = "SELECT count(*) FROM deliveries WHERE kind = 'page' AND status <> 'sent'"
    paged = "SELECT count(*) FROM deliveries WHERE kind = 'page' AND status = 'sent'"
    while count(database, paged) < CASES or count(database, waiting) != 0:
        assert time.monotonic() - began < LONGEST_SECONDS, (
            f"{count(database, paged)} of {CASES} paged, {count(database, waiting)} wait"
        )
        time.sleep(0.25)
