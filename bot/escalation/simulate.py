"""What a policy would do with a case that nobody acknowledges, as a time line. Pure; shows no address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bot.cases.domain import due_at
from bot.escalation.calendar import DAY, instant, offset_change, utc
from bot.escalation.policy import PlannedPage, Policy
from bot.escalation.words import length, listed, plain

What = Literal["page", "deadline", "hand_over", "opens", "closes", "clocks"]
_ORDER: Final[tuple[What, ...]] = ("clocks", "closes", "opens", "hand_over", "page", "deadline")
LONGEST: Final = timedelta(days=31)


@dataclass(frozen=True)
class Paged:
    """Somebody whom a page goes to, for which duties, and how: kinds and labels of addresses."""

    id: str
    name: str
    duties: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Happening:
    """One line of the time line, `at` in UTC. `number`, `step` and `paged` are a page's; others have `text`.

    A page without `paged` reaches nobody.
    """

    at: datetime
    what: What
    text: str = ""
    number: int = 0
    step: str = ""
    paged: tuple[Paged, ...] = ()


@dataclass(frozen=True)
class Simulation:
    """A case of this tier from `started` to `until` (UTC), if nobody acknowledges it."""

    policy: Policy
    tier: int
    started: datetime
    until: datetime
    due: datetime
    happenings: tuple[Happening, ...]


def simulate(policy: Policy, tier: int, started: datetime, span: timedelta) -> Simulation:
    """The time line of a case that opens at `started`, both ends included.

    Raises:
        ValueError: no such tier, `started` without a time zone, or a span that is not above 0 and up to 31 days.
    """
    if not timedelta(0) < span <= LONGEST:
        raise ValueError("a time line is longer than 0 and at most 31 days long")
    started = utc(started)
    until, due = started + span, due_at(tier, started)
    found = [*_pages(policy, tier, started, until), *_around(policy, tier, started, until)]
    if due <= until:
        text = "deadline: if nobody has acknowledged, the patient is told so, and whom to call"
        found.append(Happening(due, "deadline", text))
    found.sort(key=lambda happening: (happening.at, _ORDER.index(happening.what), happening.number))
    return Simulation(policy, tier, started, until, due, tuple(found))


def _pages(policy: Policy, tier: int, started: datetime, until: datetime) -> Iterator[Happening]:
    for page in policy.plan(tier, started):
        if page.at > until:
            return
        yield Happening(page.at, "page", number=page.number, step=page.step, paged=_paged(policy, tier, page))


def _paged(policy: Policy, tier: int, page: PlannedPage) -> tuple[Paged, ...]:
    step = policy.ladder(tier).step(page.number)
    assert step is not None, "the page was planned from it"
    return tuple(
        Paged(
            id=person,
            name=policy.people[person].name,
            duties=tuple(name for name in step.page if person in policy.on_duty(name, page.at)),
            ways=tuple((address.kind, address.label) for _, address in policy.people[person].ways(tier)),
        )
        for person in page.person_ids
    )


def _around(policy: Policy, tier: int, started: datetime, until: datetime) -> Iterator[Happening]:
    """What changes meanwhile: who has the ladder's duties, its opening hours, and the clocks."""
    ladder = policy.ladder(tier)
    for name in dict.fromkeys(name for step in ladder.steps for name in step.page):
        stretches = list(policy.roster.stretches((name,), started, until))
        for before, after in zip(stretches, stretches[1:], strict=False):
            change = f"{people_words(policy, before.people)} → {people_words(policy, after.people)}"
            yield Happening(after.start, "hand_over", f"{duty_words(policy, name)}: {change}")
    if ladder.hours is not None:
        for opens, closes in ladder.hours.spells(started):
            if opens > until:
                break
            if opens > started:
                yield Happening(opens, "opens", f"{plain(ladder.hours.name)} hours begin")
            if closes <= until and not ladder.hours.open_at(closes):
                yield Happening(
                    closes, "closes", f"{plain(ladder.hours.name)} hours end; pages of this tier wait"
                )
    yield from _clock_changes(policy, started, until)


def _clock_changes(policy: Policy, started: datetime, until: datetime) -> Iterator[Happening]:
    """The moments at which the clinic's clocks are put forward or back."""
    day = started.astimezone(policy.zone).date()
    while day <= until.astimezone(policy.zone).date():
        midnight, next_midnight = instant(day, 0, policy.zone), instant(day, DAY, policy.zone)
        turned = _offset(next_midnight, policy.zone) - _offset(midnight, policy.zone)
        at = offset_change(midnight, next_midnight, policy.zone) if turned else midnight
        if turned and started < at <= until:
            way = "forward" if turned > timedelta(0) else "back"
            yield Happening(at, "clocks", f"clocks go {way} by {length(abs(turned))}")
        day += timedelta(days=1)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def duty_words(policy: Policy, name: str) -> str:
    """What a step pages, as people read it: `on call` for the duty on_call, or a person's name."""
    return policy.people[name].name if name in policy.people else plain(name)


def people_words(policy: Policy, people: tuple[str, ...]) -> str:
    """`Dr Ana Silva and Dr Ben Osei`, or `nobody`."""
    return listed([policy.people[person].name for person in people]) or "nobody"
