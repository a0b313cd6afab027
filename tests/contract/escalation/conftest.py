"""A clinic on call: three people, a mail server and an HTTP service for pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.escalation.policy import Policy
from tests.support.on_call import OnCall, policy_of
from tests.support.receivers import Mailbox, PageService, mail_server

# A Monday in winter: London's time is UTC.
START = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

POLICY = """\
time_zone: Europe/London
people:
  ana:
    name: Dr Ana Silva
    email: ana@clinic.example
    addresses:
      - url: json://127.0.0.1:{http}/ana
        kind: push
      - url: mailto://127.0.0.1:{mail}?from=desk@clinic.example&to=ana@clinic.example
        tiers: [1, 2]
  ben:
    name: Ben Okoro
    addresses:
      - url: json://127.0.0.1:{http}/ben
        kind: sms
  lee:
    name: Lee Park
    addresses:
      - url: json://127.0.0.1:{http}/lee
        kind: pager
duties:
  on-call: {{who: ana}}
  backup: {{who: ben}}
  lead: {{who: lee}}
hours:
  open:
    mon-fri: 08:00-18:00
holidays:
  country: GB
  subdivision: ENG
ladders:
  tier 1:
    steps:
      - {{after: 0 min, page: on-call}}
      - {{after: 5 min, page: on-call}}
      - {{after: 10 min, page: backup}}
      - {{after: 20 min, page: lead}}
    then_every: 15 min
  tier 2:
    waits_for: open
    lapse_after: 2 h
    steps:
      - {{after: 0 min, page: on-call}}
      - {{after: 2 h, page: backup}}
    then_every: 2 h
  tier 3:
    waits_for: open
    lapse_after: 8 h
    steps:
      - {{after: 1 h, page: on-call}}
"""


_PUT_AWAY = sa.text("""
    UPDATE deliveries SET status = 'cancelled', lease_until = NULL, finished_at = now()
        WHERE status IN ('pending', 'sending');
    UPDATE cases SET state = 'acknowledged' WHERE state NOT IN ('acknowledged', 'in_progress', 'resolved');
    UPDATE cases SET state = 'resolved', resolved_reason = 'over', resolution = 'other', next_step_at = NULL
        WHERE state <> 'resolved';
""")


@pytest.fixture
def pager() -> Iterator[PageService]:
    with PageService().up() as service:
        yield service


@pytest.fixture(scope="module")
def mail() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def policy(tmp_path: Path, pager: PageService, mail: Mailbox) -> Policy:
    mail.mails.clear()
    mail.answer = "250 OK"
    return policy_of(tmp_path, POLICY.format(http=pager.port, mail=mail.port))


@pytest.fixture
def clinic(database: Database, policy: Policy) -> OnCall:
    with database.transaction() as session:
        # Cases of earlier tests are none of this one's.
        session.execute(_PUT_AWAY)
    return OnCall(database, policy, START)
