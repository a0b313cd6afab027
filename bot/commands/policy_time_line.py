"""`python -m bot policy simulate`: who would be paged for a case, when and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.cases.words import TIERS
from bot.errors import AssistantError
from bot.escalation.addresses import way_words
from bot.escalation.calendar import UTC, instant
from bot.escalation.policy import Policy
from bot.escalation.simulate import Happening, Paged, Simulation, duty_words
from bot.escalation.words import columns, length, moment

# So many of the same pages in a row are told in one line.
RUN: Final = 3


class MomentUnreadable(AssistantError):
    """A moment on the command line that is none."""


def moment_of(text: str, policy: Policy) -> datetime:
    """A moment of the command line, in UTC: with an offset, or as the clinic's clocks show it.

    Raises:
        MomentUnreadable: it is no moment.
    """
    try:
        found = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text.strip()))
    except ValueError as error:
        raise MomentUnreadable(f"--at: {text!r} is no moment; write it like 2026-12-24T23:10") from error
    if not 2000 <= found.year <= 2098:
        raise MomentUnreadable(f"--at: {text!r} is too far away to say who is on duty")
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    minute = found.hour * 60 + found.minute
    return instant(found.date(), minute, policy.zone) + timedelta(seconds=found.second)


def time_line(simulation: Simulation) -> Iterator[str]:
    """The time line as lines for a terminal, in the clinic's time zone."""
    policy = simulation.policy
    opened = moment(simulation.started, policy.zone)
    yield f"A case of tier {simulation.tier} ({TIERS[simulation.tier]}) opens on {opened}; nobody acknowledges it."
    span = length(simulation.until - simulation.started)
    yield f"What happens in {span}, by the clocks of {policy.zone.key}:"
    rows: list[tuple[date, tuple[str, ...]]] = []
    for day, happenings in groupby(
        simulation.happenings, key=lambda one: one.at.astimezone(policy.zone).date()
    ):
        rows += [(day, row) for row in _rows(list(happenings), simulation)]
    lines = columns(row for _, row in rows)
    for day, found in groupby(zip(rows, lines, strict=True), key=lambda pair: pair[0][0]):
        yield from ("", _day_words(day, policy))
        yield from (line for _, line in found)
    yield ""
    yield from _totals(simulation)


def _day_words(day: date, policy: Policy) -> str:
    holiday = policy.holidays.name(day)
    return f"{day:%a} {day.day} {day:%b %Y}" + (f", {holiday}" if holiday else "")


def _rows(happenings: Sequence[Happening], simulation: Simulation) -> Iterator[tuple[str, ...]]:
    """The rows of one day: time, page, duty, person, ways; runs of the same pages are drawn together."""
    for _, group in groupby(
        happenings, key=lambda one: (one.what, one.step, one.paged) if one.number else one
    ):
        run = list(group)
        first, last = run[0], run[-1]
        if not first.number:
            yield from ((_clock(one.at, simulation), one.text) for one in run)
            continue
        steps = {later.at - earlier.at for earlier, later in zip(run, run[1:], strict=False)}
        if len(run) < RUN or len(steps) > 1:
            for one in run:
                yield from _page_rows(one, simulation)
            continue
        yield from _page_rows(first, simulation)
        pages = f"pages {run[1].number} to {last.number}"
        yield "", f"the same every {length(steps.pop())} until {_clock(last.at, simulation)}, {pages}"


def _page_rows(page: Happening, simulation: Simulation) -> Iterator[tuple[str, ...]]:
    head = (_clock(page.at, simulation), f"page {page.number}")
    if not page.paged:
        yield (
            *head,
            ", ".join(duty_words(simulation.policy, name) for name in page.step.split("+")),
            "NOBODY",
            "nobody is on duty",
        )
    for paged in page.paged:
        duties = ", ".join(duty_words(simulation.policy, name) for name in paged.duties)
        yield *head, duties, paged.name + _there(page, paged, simulation.policy), _ways(paged)
        head = ("", "")


def _there(page: Happening, paged: Paged, policy: Policy) -> str:
    """The time where somebody is who lives by other clocks than the clinic."""
    zone = policy.people[paged.id].time_zone
    if zone is None or zone == policy.zone.key:
        return ""
    return f" ({page.at.astimezone(ZoneInfo(zone)):%H:%M} there)"


def _ways(paged: Paged) -> str:
    return ", ".join(way_words(kind, label) for kind, label in paged.ways) or "NO ADDRESS for this tier"


def _clock(at: datetime, simulation: Simulation) -> str:
    return f"{at.astimezone(simulation.policy.zone):%H:%M}"


def _totals(simulation: Simulation) -> Iterator[str]:
    pages = [one for one in simulation.happenings if one.number]
    shares: dict[str, int] = {}
    for page in pages:
        for paged in page.paged:
            shares[paged.name] = shares.get(paged.name, 0) + 1
    words = ", ".join(f"{name} {number}" for name, number in shares.items())
    yield f"{len(pages)} page{'' if len(pages) == 1 else 's'}{f': {words}' if words else ''}"
    empty = sum(1 for page in pages if not page.paged)
    if empty:
        yield f"{empty} of them reach{'es' if empty == 1 else ''} NOBODY"
    if simulation.due > simulation.until:
        yield f"The deadline is later: {moment(simulation.due, simulation.policy.zone)}"


def as_json(simulation: Simulation) -> dict[str, Any]:
    """The time line for programs: every page, moments with the clinic's offset."""
    zone = simulation.policy.zone

    def shown(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    return {
        "tier": simulation.tier,
        "time_zone": zone.key,
        "from": shown(simulation.started),
        "until": shown(simulation.until),
        "deadline": shown(simulation.due),
        "happenings": [
            {
                "at": shown(one.at),
                "what": one.what,
                **(
                    {
                        "number": one.number,
                        "step": one.step,
                        "people": [
                            {
                                "id": paged.id,
                                "name": paged.name,
                                "duties": list(paged.duties),
                                "ways": [{"kind": kind, "label": label} for kind, label in paged.ways],
                            }
                            for paged in one.paged
                        ],
                    }
                    if one.number
                    else {"text": one.text}
                ),
            }
            for one in simulation.happenings
        ],
    }
