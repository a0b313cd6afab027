"""What a policy must keep, beyond being readable: that urgent cases reach somebody, at once, at any moment. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.cases.domain import TIME_TO_ACKNOWLEDGE
from bot.escalation.coverage import gaps, weekly_gaps
from bot.escalation.file_entries import Entry, Findings
from bot.escalation.ladder import Ladder
from bot.escalation.policy import Kind, Policy
from bot.escalation.words import length, listed, moment

URGENT: Final = 1
ROUTINE: Final = 3
AHEAD: Final = timedelta(weeks=13)
SHORTEST: Final = timedelta(minutes=1)
LONGEST_LAPSE: Final = {1: timedelta(hours=1), 2: timedelta(hours=8), 3: timedelta(hours=48)}


QUIET: Final[frozenset[Kind]] = frozenset({"mail", "chat"})


def check_ladders(policy: Policy, findings: Findings) -> None:
    """Steps in order and soon enough for their tier; tier 1 at once, without waiting, until somebody answers."""
    for tier, ladder in policy.ladders.items():
        place = f"ladders.tier {tier}"
        if ladder.steps and len(ladder.steps) == findings.at(f"{place}.steps").size:
            _check_steps(ladder, place, findings)
        if ladder.every is not None and ladder.every < SHORTEST:
            findings.at(f"{place}.then_every").refuse("pages more than once a minute")
        if not SHORTEST <= ladder.lapse_after <= LONGEST_LAPSE[tier]:
            own = f"{place}.lapse_after"
            findings.at(own if own in findings.entries else "lapse_after").refuse(
                f"an acknowledgement of tier {tier} without action must lapse after 1 min to "
                f"{length(LONGEST_LAPSE[tier])}"
            )
        if tier == URGENT:
            _check_urgent(ladder, place, findings)
        elif ladder.steps and f"{place}.then_every" not in findings.entries:
            findings.at(place).warn("no `then_every`: after the last step nobody is paged again")
        if f"{place}.steps" in findings.entries and not findings.at(f"{place}.steps").size:
            _check_no_steps(tier, f"{place}.steps", findings)


def _check_no_steps(tier: int, place: str, findings: Findings) -> None:
    if tier == ROUTINE:
        findings.at(place).warn("nobody is paged: routine cases wait at the care desk until somebody looks")
    else:
        findings.at(place).refuse(f"tier {tier} needs steps")


def _check_steps(ladder: Ladder, place: str, findings: Findings) -> None:
    delays = [step.delay for step in ladder.steps]
    for index in range(1, len(delays)):
        if delays[index] <= delays[index - 1]:
            findings.at(f"{place}.steps[{index}].after").refuse(
                f"{length(delays[index])} is not later than the step before; to page several at once, list them"
            )
    within = TIME_TO_ACKNOWLEDGE[ladder.tier]
    first = findings.at(f"{place}.steps[0].after")
    if ladder.tier == URGENT and delays[0]:
        first.refuse("tier 1 pages at once: write 0 min")
    elif delays[0] >= within:
        first.refuse(
            f"the first page comes after {length(delays[0])}, but a case of tier {ladder.tier} must be "
            f"acknowledged within {length(within)}"
        )


def _check_urgent(ladder: Ladder, place: str, findings: Findings) -> None:
    known = findings.entries
    if f"{place}.waits_for" in known:
        findings.at(f"{place}.waits_for").refuse("tier 1 waits for nothing: it pages at any hour")
    if f"{place}.then_every" not in known:
        findings.at(place).refuse("tier 1 needs `then_every`: it pages until somebody acknowledges")
    elif ladder.every is not None and ladder.every > TIME_TO_ACKNOWLEDGE[URGENT]:
        findings.at(f"{place}.then_every").warn(f"{length(ladder.every)} is long for an urgent case")


def check_people(policy: Policy, findings: Findings) -> None:
    """Whoever may be paged has an address for it; nobody shares a desk account."""
    owners: dict[str, str] = {}
    for person in policy.people.values():
        if person.email is not None and owners.setdefault(person.email, person.id) != person.id:
            findings.at(f"people.{person.id}.email").refuse(f"is also the account of {owners[person.email]}")
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
        kinds = {address.kind for _, address in person.ways(URGENT)} if URGENT in tiers else set()
        if kinds and kinds <= QUIET:
            findings.at(f"people.{person.id}.addresses").warn(
                f"urgent cases reach {person.name} by {listed(sorted(kinds))} only, which wakes nobody"
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
    for tier in policy.ladders:
        if tier != URGENT:
            _check_first_pages(policy, tier, findings, now)
    first = ladder.steps[0].page if ladder is not None and ladder.steps else ()
    if ladder is None or not first:
        return
    for gap in weekly_gaps(policy.roster, first):
        findings.at(_place(first)).refuse(f"nobody is on duty {gap}: an urgent case would reach nobody then")
    for entry, hole in _holes(policy, first, findings, now):
        entry.refuse(
            f"leaves nobody {hole}: an urgent case would reach nobody then; say who is there `instead`"
        )
    for name in dict.fromkeys(name for step in ladder.steps[1:] for name in step.page if name not in first):
        for gap in weekly_gaps(policy.roster, (name,)):
            findings.at(_place((name,))).warn(
                f"nobody is on duty {gap}: this step of an urgent case reaches nobody then"
            )
        for entry, hole in _holes(policy, (name,), findings, now):
            entry.warn(f"leaves nobody {hole}: this step of an urgent case reaches nobody then")
    if len(_reached(policy, URGENT)) < 2:
        findings.at(f"ladders.tier {URGENT}").warn(
            "reaches one person only: one silent phone, and nobody knows"
        )


def _check_first_pages(policy: Policy, tier: int, findings: Findings, now: datetime) -> None:
    """A less urgent case whose first page reaches nobody, in the hours in which pages come, in the next weeks."""
    ladder = policy.ladders[tier]
    if not ladder.steps or not ladder.steps[0].page:
        return
    for hole in gaps(policy.roster, ladder.steps[0].page, now, now + AHEAD):
        opens, closes = (
            next(ladder.hours.spells(hole.start), (hole.end, hole.end)) if ladder.hours else hole.spell
        )
        if opens < hole.end:
            spell = f"{moment(opens, policy.zone)} to {moment(min(closes, hole.end), policy.zone)}"
            findings.at(f"ladders.tier {tier}.steps[0]").warn(
                f"reaches nobody from {spell}, and perhaps later"
            )
            return


def _holes(
    policy: Policy, names: tuple[str, ...], findings: Findings, now: datetime
) -> Iterator[tuple[Entry, str]]:
    """When nobody has any of these duties during an absence that is not over, with the entry of that absence."""
    for index, absence in enumerate(policy.roster.absences):
        start = max(absence.start, now)
        for hole in gaps(policy.roster, names, start, absence.end) if start < absence.end else ():
            spell = f"{moment(hole.start, policy.zone)} to {moment(hole.end, policy.zone)}"
            yield (
                findings.at(f"absences[{index}]"),
                f"for {' or '.join(names)} from {spell}",
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
