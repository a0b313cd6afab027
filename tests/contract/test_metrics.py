"""What monitoring reads: counts of deliveries, for programs on this machine only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.outbox import repository as outbox
from bot.outbox.values import Parcel, Status
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door


def test_deliveries_are_counted_by_channel_and_status(door: str, database: Database) -> None:
    now = datetime.now(timezone.utc)
    with database.transaction() as session:
        for age, ended in ((300, None), (100, None), (50, Status.DEAD)):
            parcel = Parcel(uuid4().hex, f"letters:{age}", "letters", "test", recipient="somebody")
            outbox.put(session, parcel, now - timedelta(seconds=age))
            head = outbox.head(session, f"letters:{age}")
            if ended is not None and head is not None:
                outbox.finish(session, head, ended, "too odd", now)
    response = httpx.get(f"{door}/metrics", trust_env=False)
    assert response.status_code == 200 and "somebody" not in response.text
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }
    assert samples["assistant_deliveries", "letters", "pending"] == 2
    assert samples["assistant_deliveries", "letters", "dead"] == 1
    assert 300 <= samples["assistant_delivery_oldest_waiting_seconds", "letters"] < 330


def test_nobody_outside_reads_them(door: str) -> None:
    response = httpx.get(f"{door}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, trust_env=False)
    assert response.status_code == 404


def test_without_a_database_it_says_so(settings: Settings, facts: FactBook) -> None:
    lost = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    with front_door(create_app(lost, KeywordReader(), rule_book(), facts, WORDS)) as address:
        assert httpx.get(f"{address}/metrics", trust_env=False).status_code == 503
