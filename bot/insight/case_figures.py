"""What happened to the cases of a period. The SQL of it; each function runs in the caller's transaction.

A *wait* is what is timed. It begins when a case is opened, becomes more urgent, or is reopened: from then on somebody
has to look. It ends for the count where the next one of the same case begins. So a case that was reopened counts
twice, with a time of its own each, and the days between its resolution and its reopening are nobody's delay. A wait
that a more urgent one overtook before anybody had acknowledged it is counted as overtaken and has no such time.

An acknowledgement that *lapsed* before anything was done about the case does not count: the clock runs on from the
wait's beginning until the acknowledgement that held. A wait belongs to the tier that the case had then, and to the
period in which it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.insight.period import Period

Step = Literal["notified", "acknowledged", "started", "contacted"]
STEPS: Final[tuple[Step, ...]] = ("notified", "acknowledged", "started", "contacted")
BREACHES: Final = ("deadline_missed", "lapsed", "nobody_to_page", "delivery_failed")


@dataclass(frozen=True)
class CaseCount:
    """Cases opened in the period that are alike in all of these. `resolution` is empty while unresolved."""

    category: str
    tier: int
    channel: str
    resolution: str
    count: int


@dataclass(frozen=True)
class WaitTimes:
    """How long the waits of a tier took to one step. Times in seconds; None when no wait got there.

    `reached` waits got there, `open_still` have not yet and still may, of `waits` in all.
    """

    tier: int
    step: Step
    waits: int
    reached: int
    open_still: int
    median: float | None
    p95: float | None
    longest: float | None


@dataclass(frozen=True)
class Breach:
    """How often something went wrong with telling the clinic, on how many cases."""

    kind: str
    tier: int
    events: int
    cases: int


@dataclass(frozen=True)
class CaseFigures:
    counts: tuple[CaseCount, ...]
    waits: tuple[WaitTimes, ...]
    breaches: tuple[Breach, ...]
    overtaken: int

    @property
    def total(self) -> int:
        return sum(count.count for count in self.counts)


_COUNTS: Final = sa.text(
    """
    SELECT category, tier, channel, COALESCE(resolution, '') AS resolution, count(*) AS count
    FROM cases WHERE opened_at >= :start AND opened_at < :end
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
)

# Event numbers give the order: several events of a case may share a moment. A tier never falls, so that the least
# number so far is the tier of that time.
_WAITS: Final = """
    WITH begun AS (
        SELECT event.case_id, event.id, event.at,
               min(CASE event.kind WHEN 'opened' THEN (event.details ->> 'tier')::int
                                   WHEN 'tier_raised' THEN (event.details ->> 'to')::int END)
                   OVER (PARTITION BY event.case_id ORDER BY event.id) AS tier,
               lead(event.id) OVER (PARTITION BY event.case_id ORDER BY event.id) AS next_id
        FROM case_events AS event WHERE event.kind IN ('opened', 'tier_raised', 'reopened')
    ), waits AS (
        SELECT begun.case_id, begun.at, begun.next_id, COALESCE(begun.tier, cases.tier) AS tier,
            cases.state = 'resolved' AS resolved,
            min(event.at) FILTER (WHERE event.kind IN ('notified', 'page_sent')) AS notified,
            min(event.at) FILTER (WHERE event.kind IN ('in_progress', 'replied') OR (event.kind = 'acknowledged'
                AND NOT EXISTS (
                    SELECT FROM case_events AS lapse
                    WHERE lapse.case_id = event.case_id AND lapse.kind = 'lapsed' AND lapse.id > event.id
                      AND lapse.id < COALESCE(begun.next_id, 9223372036854775807)
                      AND NOT EXISTS (
                        SELECT FROM case_events AS act
                        WHERE act.case_id = event.case_id AND act.id > event.id AND act.id < lapse.id
                          AND act.kind IN ('in_progress', 'replied', 'note_added', 'resolved'))))
            ) AS acknowledged,
            min(event.at) FILTER (WHERE event.kind IN ('in_progress', 'replied')) AS started,
            min(event.at) FILTER (WHERE event.kind = 'replied' OR (event.kind = 'resolved'
                AND COALESCE(event.details ->> 'resolution', cases.resolution) = 'contacted')) AS contacted
        FROM begun JOIN cases ON cases.id = begun.case_id
        LEFT JOIN case_events AS event ON event.case_id = begun.case_id AND event.id > begun.id
            AND event.id < COALESCE(begun.next_id, 9223372036854775807)
        WHERE begun.at >= :start AND begun.at < :end
        GROUP BY begun.case_id, begun.id, begun.at, begun.next_id, begun.tier, cases.tier, cases.state
    )
"""


def _times(step: Step) -> str:
    took = f"extract(epoch FROM {step} - at)::float8"
    return f"""
        SELECT tier, '{step}' AS step, count(*) AS waits, count({step}) AS reached,
            count(*) FILTER (WHERE {step} IS NULL AND next_id IS NULL AND NOT resolved) AS open_still,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY {took}) AS median,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY {took}) AS p95,
            max({took}) AS longest
        FROM waits GROUP BY tier
    """


_TIMES: Final = sa.text(_WAITS + " UNION ALL ".join(_times(step) for step in STEPS))
_OVERTAKEN: Final = sa.text(
    _WAITS + "SELECT count(*) FROM waits WHERE acknowledged IS NULL AND next_id IS NOT NULL"
)
_BREACHES: Final = sa.text(
    """
    SELECT event.kind, cases.tier, count(*) AS events, count(DISTINCT event.case_id) AS cases
    FROM case_events AS event JOIN cases ON cases.id = event.case_id
    WHERE event.kind = ANY(:kinds) AND event.at >= :start AND event.at < :end
    GROUP BY 1, 2
    """
)


def case_figures(session: Session, period: Period) -> CaseFigures:
    """Cases opened, waits begun and breaches that happened in the period."""
    within = {"start": period.start, "end": period.end}
    times = [WaitTimes(**row._mapping) for row in session.execute(_TIMES, within)]
    breaches = session.execute(_BREACHES, {**within, "kinds": list(BREACHES)})
    return CaseFigures(
        counts=tuple(CaseCount(**row._mapping) for row in session.execute(_COUNTS, within)),
        waits=tuple(sorted(times, key=lambda found: (found.tier, STEPS.index(found.step)))),
        breaches=tuple(sorted((_breach(row) for row in breaches), key=_by_kind)),
        overtaken=int(session.execute(_OVERTAKEN, within).scalar_one()),
    )


def _breach(row: Row) -> Breach:
    return Breach(**row._mapping)


def _by_kind(breach: Breach) -> tuple[int, int]:
    return BREACHES.index(breach.kind), breach.tier
