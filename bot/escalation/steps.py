"""What a case's ladder calls for at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.escalation.ladder_case import LadderCase
from bot.escalation.policy import PlannedPage, Policy

# A step that comes later than this was held up, and others may be on duty by now.
HELD_UP: Final = timedelta(minutes=5)
# News on a case that waits is told at most so often: a patient may write ten messages in a minute.
PAUSE: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class Due:
    """Who is paged now, each once, with the step that they are paged for. Late steps are merged.

    `number` is the last page of the ladder that this covers. `empty` are steps for which nobody was on duty.
    `again`: news on the case is covered as well.
    """

    people: Mapping[str, str]
    number: int
    steps: tuple[int, ...]
    empty: tuple[PlannedPage, ...]
    again: bool


def due(policy: Policy, case: LadderCase, last_paged: datetime | None, now: datetime) -> Due:
    """What is due for a case that nobody has acknowledged."""
    pages = policy.pages_due(case.tier, case.ladder_started_at, case.ladder_page, now)
    people: dict[str, str] = {}
    for page in pages:
        for person in page.person_ids:
            people.pop(person, None)
            people[person] = page.step
    again = False
    if case.page_again_at is not None:
        at = news_at(policy, case, last_paged)
        again = case.ladder_page == 0 or (at is not None and at <= now)
        if again and case.ladder_page > 0:
            for page in _told_of_news(policy, case):
                people.update({person: page.step for person in page.person_ids if person not in people})
    if pages and now - pages[0].at > HELD_UP:
        first = policy.page_after(case.tier, now, 0)
        if first is not None and first.at <= now:
            people.update({person: first.step for person in first.person_ids if person not in people})
    return Due(
        people=people,
        number=pages[-1].number if pages else case.ladder_page,
        steps=tuple(page.number for page in pages),
        empty=tuple(page for page in pages if not page.person_ids),
        again=again,
    )


def news_at(policy: Policy, case: LadderCase, last_paged: datetime | None) -> datetime | None:
    """When news on a case that waits is told: at once, in the hours of its tier; None: there is none, or no hours."""
    if case.page_again_at is None:
        return None
    first = policy.page_after(case.tier, case.page_again_at, 0)
    if first is None:
        return None
    return first.at if last_paged is None else max(first.at, last_paged + PAUSE)


def next_page_at(policy: Policy, case: LadderCase, number: int) -> datetime | None:
    """When the page after page `number` of the case's round is due; None: that was the last."""
    page = policy.page_after(case.tier, case.ladder_started_at, number)
    return None if page is None else page.at


def _told_of_news(policy: Policy, case: LadderCase) -> list[PlannedPage]:
    """Whoever is on duty for the first step now, and whoever the ladder had come to."""
    assert case.page_again_at is not None
    found = [
        policy.page_after(case.tier, case.page_again_at, 0),
        policy.page_after(case.tier, case.ladder_started_at, case.ladder_page - 1),
    ]
    return [page for page in found if page is not None]
