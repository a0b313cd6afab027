"""`python -m bot policy check`: is the escalation policy sound, and who is on duty in the next weeks?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.cases.domain import TIME_TO_ACKNOWLEDGE
from bot.cases.words import TIERS
from bot.errors import AssistantError
from bot.escalation.addresses import way_words
from bot.escalation.coverage import gaps, held, longest_closed
from bot.escalation.policy import Person, Policy, PolicyError, Problem
from bot.escalation.policy_file import read_policy
from bot.escalation.simulate import duty_words, people_words
from bot.escalation.words import columns, day_and_time, length, listed, moment, plain, roughly
from bot.settings import Settings

AHEAD: Final = timedelta(weeks=4)
DEFAULT_FILE: Final = Path("policy.yml")


class PolicyMissing(AssistantError):
    """The policy's file is not there."""


@dataclass(frozen=True)
class Checked:
    """A policy, or None with what is wrong, and the lines to print. `warnings` says how many of these are some."""

    policy: Policy | None
    lines: tuple[str, ...]
    warnings: int = 0


def policy_path(file: Path | None) -> Path:
    """The file that was named, else that of POLICY_FILE in the environment or `.env`, else policy.yml.

    Raises:
        PolicyMissing: there is no such file.
    """
    Settings.from_env()  # brings the variables of .env into the environment
    path = file or Path(os.environ.get("POLICY_FILE", "").strip() or DEFAULT_FILE).expanduser()
    if not path.is_file():
        raise PolicyMissing(
            f"{path}: there is no such policy; deploy/policy.example.yml is one to begin with"
        )
    return path


def check(path: Path, now: datetime, *, without_secrets: bool = False) -> Checked:
    """What there is to say about a policy file at a moment. Without secrets, variables need not be set."""
    try:
        policy = read_policy(path, os.environ, now=now, without_secrets=without_secrets)
    except PolicyError as error:
        problems = [located(path, problem) for problem in error.problems]
        return Checked(None, (*problems, f"{path}: {_number(len(problems), 'problem')}"))
    warnings = [located(path, warning, "warning") for warning in policy.warnings]
    head = f"{path}: no problems, {_number(len(warnings), 'warning')}"
    return Checked(policy, (*warnings, head, *_summary(policy, now)), len(warnings))


def located(path: Path, problem: Problem, kind: str = "") -> str:
    """`policy.yml:12: people.ana: …`, which editors take one to."""
    line = f":{problem.line}" if problem.line else ""
    return ": ".join(part for part in (f"{path}{line}", kind, problem.place, problem.text) if part)


def _number(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _summary(policy: Policy, now: datetime) -> Iterator[str]:
    end = now + AHEAD
    duties = policy.roster.duties
    yield from ("", "Ladders, until somebody acknowledges")
    yield from columns(row for tier in sorted(policy.ladders) for row in _ladder(policy, tier))
    yield from ("", "How people are reached")
    yield from columns((person.name, _ways(policy, person)) for person in policy.people.values())
    yield from ("", f"On duty now, {moment(now, policy.zone)} in {policy.zone.key}")
    yield from columns((plain(name), *_on_duty(policy, name, now)) for name in duties)
    yield from ("", f"The 4 weeks until {moment(end, policy.zone)}")
    yield from columns(row for name in duties for row in _covered(policy, name, now, end))
    yield from _reached(policy, now, end)
    yield from ("", "The longest wait for a first page in these weeks")
    yield from columns(row for tier in sorted(policy.ladders) for row in _wait(policy, tier, now, end))
    holidays = list(_holidays(policy, now, end))
    yield from ("", "Holidays in these weeks" if holidays else "No holidays in these weeks")
    yield from columns(holidays)


def _ladder(policy: Policy, tier: int) -> Iterator[tuple[str, str, str, str]]:
    """A row for each step."""
    ladder = policy.ladders[tier]
    rows = [("at once" if not step.delay else f"after {length(step.delay)}", step) for step in ladder.steps]
    if ladder.again is not None and ladder.every is not None:
        rows.append((f"then every {length(ladder.every)}", ladder.again))
    head = (f"tier {tier}", TIERS[tier])
    if ladder.hours is not None:
        yield *head, f"in {plain(ladder.hours.name)} hours, which alone count:", ""
        head = ("", "")
    for when, step in rows:
        yield *head, when, listed([duty_words(policy, name) for name in step.page])
        head = ("", "")
    if not rows:
        yield *head, "nobody is paged", ""


def _ways(policy: Policy, person: Person) -> str:
    """What they are paged by, with the tiers where it is not for all."""
    return ", ".join(
        way_words(address.kind, address.label)
        + (
            ""
            if set(policy.ladders) <= address.tiers
            else f" for tier {listed([str(tier) for tier in sorted(address.tiers)])}"
        )
        for address in person.addresses
    )


def _on_duty(policy: Policy, name: str, now: datetime) -> tuple[str, str]:
    stretches = list(policy.roster.stretches((name,), now, now + AHEAD))
    who = people_words(policy, stretches[0].people)
    if len(stretches) == 1:
        return who, ""
    following = people_words(policy, stretches[1].people)
    return who, f"until {day_and_time(stretches[0].end, policy.zone)}, then {following}"


def _covered(policy: Policy, name: str, now: datetime, end: datetime) -> Iterator[tuple[str, str, str]]:
    holes = gaps(policy.roster, (name,), now, end)
    shares = held(policy.roster, name, now, end)
    words = ", ".join(f"{policy.people[person].name} {roughly(whole)}" for person, whole in shares.items())
    yield plain(name), _number(len(holes), "gap"), words
    for hole in holes:
        begins, ends = day_and_time(hole.start, policy.zone), day_and_time(hole.end, policy.zone)
        yield "", "", f"nobody from {begins} to {ends}"


def _reached(policy: Policy, now: datetime, end: datetime) -> Iterator[str]:
    """When the whole ladder of an urgent case has one person only."""
    names = tuple(dict.fromkeys(name for step in policy.ladders[1].steps for name in step.page))
    stretches = list(policy.roster.stretches(names, now, end))
    fewest = min(len(stretch.people) for stretch in stretches)
    yield f"  An urgent case reaches at least {'1 person' if fewest == 1 else f'{fewest} people'}"
    for stretch in stretches if fewest == 1 else ():
        if len(stretch.people) == 1:
            begins, ends = day_and_time(stretch.start, policy.zone), day_and_time(stretch.end, policy.zone)
            yield f"  only {people_words(policy, stretch.people)} from {begins} to {ends}"


def _wait(policy: Policy, tier: int, now: datetime, end: datetime) -> Iterator[tuple[str, str]]:
    ladder = policy.ladders[tier]
    head = f"tier {tier}"
    if not ladder.steps:
        yield head, "nobody is paged"
        return
    delay = ladder.steps[0].delay
    closed = longest_closed(ladder.hours, now, end) if ladder.hours is not None else None
    if closed is None:
        yield head, length(delay) if delay else "none"
        return
    wait = closed[1] - closed[0] + delay
    yield head, f"{length(wait)}, for a case of {day_and_time(closed[0], policy.zone)}"
    if wait >= TIME_TO_ACKNOWLEDGE[tier]:
        yield (
            "",
            f"that is after its deadline of {length(TIME_TO_ACKNOWLEDGE[tier])}: by then the patient has read",
        )
        yield "", "that nobody has seen the message yet, and whom to call"


def _holidays(policy: Policy, now: datetime, end: datetime) -> Iterator[tuple[str, str]]:
    day = now.astimezone(policy.zone).date()
    while day <= end.astimezone(policy.zone).date():
        name = policy.holidays.name(day)
        if name is not None:
            yield f"{day:%a} {day.day} {day:%b}", name
        day += timedelta(days=1)
