"""What a policy must keep, beyond being readable: that urgent cases reach somebody, at once, at any moment. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.cases.domain import TIME_TO_ACKNOWLEDGE
from bot.escalation.coverage import gaps, weekly_gaps
from bot.escalation.file_entries import Findings
from bot.escalation.ladder import Ladder
from bot.escalation.policy import Policy
from bot.escalation.words import length, moment

URGENT: Final = 1
SHORTEST: Final = timedelta(minutes=1)
LONGEST_LAPSE: Final = {1: timedelta(hours=1), 2: timedelta(hours=8), 3: timedelta(hours=48)}


def check_ladders(policy: Policy, findings: Findings) -> None:
    """Steps in order and soon enough for their tier; tier 1 at once, without waiting, until somebody answers."""
    for tier, ladder in policy.ladders.items():
        place = f"ladders.tier {tier}"
        delays = [step.delay for step in ladder.steps]
        for index in range(1, len(delays)):
            if delays[index] <= delays[index - 1]:
                findings.at(f"{place}.steps[{index}].after").refuse(
                    f"{length(delays[index])} is not later than the step before; page several at once with a list"
                )
        if delays and delays[0] >= TIME_TO_ACKNOWLEDGE[tier]:
            findings.at(f"{place}.steps[0].after").refuse(
                f"the first page comes after {length(delays[0])}, but a case of tier {tier} must be "
                f"acknowledged within {length(TIME_TO_ACKNOWLEDGE[tier])}"
            )
        if ladder.every is not None and ladder.every < SHORTEST:
            findings.at(f"{place}.then_every").refuse("pages more than once a minute")
        if not SHORTEST <= ladder.lapse_after <= LONGEST_LAPSE[tier]:
            findings.at(f"{place}.lapse_after").refuse(
                f"an acknowledgement of tier {tier} without action must lapse after 1 min to "
                f"{length(LONGEST_LAPSE[tier])}"
            )
        if tier == URGENT:
            _check_urgent(ladder, place, findings)
        elif ladder.steps and ladder.every is None:
            findings.at(place).warn("no `then_every`: after the last step nobody is paged again")
        elif not ladder.steps:
            findings.at(place).warn("no steps: nobody is paged, cases wait at the desk until somebody looks")


def _check_urgent(ladder: Ladder, place: str, findings: Findings) -> None:
    if f"{place}.waits_for" in findings.entries:
        findings.at(f"{place}.waits_for").refuse("tier 1 waits for nothing; it pages at any hour")
    if not ladder.steps:
        findings.at(place).refuse("tier 1 needs steps")
    elif ladder.steps[0].delay:
        findings.at(f"{place}.steps[0].after").refuse("tier 1 pages at once: the first step is after 0 min")
    if ladder.every is None:
        findings.at(place).refuse("tier 1 needs `then_every`: it pages until somebody acknowledges")
    elif ladder.every > TIME_TO_ACKNOWLEDGE[URGENT]:
        findings.at(f"{place}.then_every").warn(f"{length(ladder.every)} is a long time for an urgent case")


def check_people(policy: Policy, findings: Findings) -> None:
    """Whoever may be paged has an address for it."""
    for person in policy.people.values():
        if not person.addresses:
            continue  # said where the addresses were read
        tiers = [tier for tier in policy.ladders if person.id in _reached(policy, tier)]
        if not tiers:
            findings.at(f"people.{person.id}").warn("is paged by no ladder")
        for tier in tiers:
            if not person.ways(tier):
                findings.at(f"people.{person.id}.addresses").refuse(
                    f"{person.name} is paged for tier {tier}, but no address is for it"
                )


def _reached(policy: Policy, tier: int) -> frozenset[str]:
    """Everybody whom a ladder may page."""
    ladder = policy.ladders[tier]
    names = {name for step in ladder.steps for name in step.page} | set(
        ladder.again.page if ladder.again else ()
    )
    return frozenset(person for name in names for person in policy.roster.everybody(name))


def check_roster(policy: Policy, findings: Findings, now: datetime) -> None:
    """Somebody is there for an urgent case at any moment; what was meant for somebody who is away is said."""
    _check_overrides(policy, findings, now)
    ladder = policy.ladders.get(URGENT)
    if ladder is None or not ladder.steps:
        return
    first = ladder.steps[0].page
    for gap in weekly_gaps(policy.roster, first):
        findings.at(_place(first)).refuse(f"nobody is on duty {gap}: an urgent case would reach nobody")
    for index, absence in enumerate(policy.roster.absences):
        start = max(absence.start, now)
        for hole in gaps(policy.roster, first, start, absence.end) if start < absence.end else ():
            findings.at(f"absences[{index}]").refuse(
                f"leaves nobody on {' or '.join(first)} from {moment(hole.start, policy.zone)} to "
                f"{moment(hole.end, policy.zone)}: an urgent case would reach nobody; say who is there `instead`"
            )
    for name in dict.fromkeys(name for step in ladder.steps[1:] for name in step.page if name not in first):
        for gap in weekly_gaps(policy.roster, (name,)):
            findings.at(_place((name,))).warn(
                f"nobody is on duty {gap}: that page of an urgent case would reach nobody"
            )
    if len(_reached(policy, URGENT)) < 2:
        findings.at(f"ladders.tier {URGENT}").warn(
            "reaches one person only: one silent phone, and nobody knows"
        )


def _place(names: tuple[str, ...]) -> str:
    return f"duties.{names[0]}"


def _check_overrides(policy: Policy, findings: Findings, now: datetime) -> None:
    """No two overrides of a duty at a time; nobody who is away; nothing that is over."""
    roster = policy.roster
    for index, override in enumerate(roster.overrides):
        entry = findings.at(f"overrides[{index}]")
        for number, other in enumerate(roster.overrides[:index]):
            if other.duty == override.duty and other.start < override.end and override.start < other.end:
                entry.refuse(f"is at the same time as overrides[{number}], for the same duty")
        for person in override.people:
            if any(
                gone.person == person and gone.start < override.end and override.start < gone.end
                for gone in roster.absences
            ):
                entry.warn(f"{policy.people[person].name} is away for some of that time")
        if override.end <= now:
            entry.warn("is over and can be removed")
    for index, absence in enumerate(roster.absences):
        if absence.end <= now:
            findings.at(f"absences[{index}]").warn("is over and can be removed")
