"""Escalation policies for tests: a small sound one as text, and ways to change and read it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from bot.escalation.policy import Policy, PolicyError, Problem
from bot.escalation.policy_file import read_policy

SOUND = """\
time_zone: America/New_York
people:
  ana:
    name: Dr Ana Silva
    email: ana@clinic.example
    addresses:
      - {url: "jsons://push.example/ana", kind: push, label: Ana's phone}
  ben:
    name: Dr Ben Osei
    addresses:
      - {url: "jsons://push.example/ben", kind: push}
      - {url: "mailtos://pager:secret@clinic.example?to=ben@clinic.example", tiers: [2, 3]}
  dana:
    name: Dana Kim
    addresses:
      - {url: "jsons://push.example/dana", kind: call}
rotations:
  doctors:
    people: [ana, ben]
    hand_over: weekly on Monday at 08:00
    first_day: 2026-01-05
duties:
  on_call: {who: doctors}
  backup:
    shifts:
      - {who: dana, days: Mon-Fri, hours: 08:00-18:00, holidays: excluded}
    otherwise: next in doctors
  lead: {who: dana}
hours:
  office:
    Mon-Fri: 08:00-18:00
holidays: {country: US, subdivision: NY}
ladders:
  tier 1:
    steps:
      - {after: 0 min, page: on_call}
      - {after: 5 min, page: on_call}
      - {after: 10 min, page: backup}
      - {after: 20 min, page: lead}
    then_every: 15 min
  tier 2:
    waits_for: office
    steps:
      - {after: 0 min, page: on_call}
      - {after: 2 h, page: [backup, lead]}
    then_every: 1 h
  tier 3:
    waits_for: office
    steps:
      - {after: 0 min, page: ana}
    then_every: 8 h
"""
NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("UTC"))


def changed(*changes: tuple[str, str], text: str = SOUND) -> str:
    """The text with each old part, which must be there, replaced once."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def policy_of(text: str = SOUND, environment: dict[str, str] | None = None, now: datetime = NOW) -> Policy:
    """The policy of a text; raises PolicyError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path, environment or {}, now=now)


def problems_of(
    text: str, environment: dict[str, str] | None = None, now: datetime = NOW
) -> tuple[Problem, ...]:
    """What is wrong with a text; nothing for a sound one."""
    try:
        policy_of(text, environment, now)
    except PolicyError as error:
        return error.problems
    return ()


def local(text: str, zone: str = "America/New_York") -> datetime:
    """`2026-12-24 23:10` by the clocks of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
