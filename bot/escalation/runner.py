"""Looks at cases whose time has come: pages whoever is on duty, lets acknowledgements lapse, tells patients the truth.

One transaction a case. Whatever is cut short is found again by the case's own clock, so a dead worker, a lost
connection or a restart of PostgreSQL delays a step and never loses it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from bot.cases import ladder
from bot.cases import repository as cases
from bot.cases import service as case_service
from bot.cases.domain import WAITING, State
from bot.database import Database
from bot.escalation import store
from bot.escalation.ladder_case import LadderCase
from bot.escalation.pages import page_parcels
from bot.escalation.patient_truth import PatientTruth
from bot.escalation.policy import Policy
from bot.escalation.steps import Due, due, news_at, next_page_at
from bot.outbox import repository as outbox

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 500
# How often a case is looked at for which the policy plans nothing more, or for which there is no policy.
RECHECK: Final = timedelta(minutes=1)
LONG_SLEEP: Final = timedelta(hours=1)
# A look that comes later than this was held up: a worker was dead, or the machine is too slow.
LATE: Final = timedelta(minutes=1)
# How long an acknowledgement counts without action when there is no policy to say it.
LAPSE_AFTER: Final = timedelta(minutes=30)
# A case that somebody works on and that nobody has touched for so long has been forgotten.
WORK_LAPSES_AFTER: Final = timedelta(hours=24)


class Runner:
    """Safe to share between threads, and to run in any number of processes at once."""

    def __init__(self, database: Database, policy: Policy | None, truth: PatientTruth) -> None:
        self._database = database
        self._policy = policy
        self._truth = truth
        self._fresh = True

    def look_at_due(self, now: datetime) -> int:
        """Every case whose time has come; how many of them were looked at late. Raises DatabaseUnavailable."""
        with self._database.transaction() as session:
            if self._fresh:
                # The policy may be another one since the last start, with earlier hours for those that wait for some.
                store.wake_sleepers(session, now, now + LONG_SLEEP)
            found = store.due(session, now, MOST_AT_ONCE)
        self._fresh = False
        return sum(self.look_at(case_id, now) for case_id in found)

    def look_at(self, case_id: UUID, now: datetime) -> bool:
        """One case, if its time has come and nobody else is at it; whether that was late.

        Raises DatabaseUnavailable.
        """
        with self._database.transaction() as session:
            case = store.lock_due(session, case_id, now)
            if case is None or case.next_step_at is None:
                return False
            if case.state in WAITING:
                self._waiting(session, case, now)
            elif case.state in ladder.SEEN:
                self._seen(session, case, now)
            else:
                ladder.finished(session, case.id)
            return now - case.next_step_at > LATE

    # --- nobody has acknowledged it

    def _waiting(self, session: Session, case: LadderCase, now: datetime) -> None:
        values: dict[str, object] = {}
        times: list[datetime | None] = []
        if self._policy is None:
            self._nobody(session, case, now, "no_policy")
            values["page_again_at"] = None
            times.append(now + RECHECK)
        else:
            times += self._page(session, case, self._policy, values, now)
        if case.missed_round < case.ladder_round:
            if now >= case.due_at:
                self._deadline_missed(session, case, now)
                values["missed_round"] = case.ladder_round
            else:
                times.append(case.due_at)
        values["next_step_at"] = min((at for at in times if at is not None), default=now + RECHECK)
        store.update(session, case.id, values)

    def _page(
        self, session: Session, case: LadderCase, policy: Policy, values: dict[str, object], now: datetime
    ) -> list[datetime | None]:
        """Page whoever is due; when to look again."""
        last = None if case.page_again_at is None else store.last_event_at(session, case.id, "paged")
        found = due(policy, case, last, now)
        values["ladder_page"] = found.number
        if found.people:
            self._put_pages(session, case, policy, found, now)
        if found.empty:
            steps = sorted({page.step for page in found.empty})
            numbers = [page.number for page in found.empty]
            details = {"round": case.ladder_round, "reason": "nobody_on_duty", "steps": steps}
            self._event(session, case, "nobody_to_page", now, {**details, "numbers": numbers})
            log.error("case %s: nobody is on duty for %s", case.id, ", ".join(steps))
        if found.again:
            values["page_again_at"] = None
        following = next_page_at(policy, case, found.number)
        if following is None and found.steps:
            self._nobody(session, case, now, "ladder_ended")
        return [following or now + RECHECK, None if found.again else news_at(policy, case, last)]

    def _put_pages(
        self, session: Session, case: LadderCase, policy: Policy, found: Due, now: datetime
    ) -> None:
        # News between two steps has no number of its own: the latest line of the trail makes its key.
        mark = "" if found.steps else f"+{cases.latest_event_id(session, case.id)}"
        for person_id, step in found.people.items():
            person = policy.people[person_id]
            parcels = page_parcels(case, person, step, found.number, mark)
            details = {"person": person_id, "step": step, "round": case.ladder_round, "number": found.number}
            if not parcels:
                self._event(session, case, "nobody_to_page", now, {**details, "reason": "no_address"})
                log.error("case %s: %s has no address for tier %d", case.id, person_id, case.tier)
                continue
            for parcel in parcels:
                outbox.put(session, parcel, now)
            kinds = [address.kind for _, address in person.ways(case.tier)]
            more = {"kinds": kinds, "steps": list(found.steps), "news": found.again}
            self._event(session, case, "paged", now, {**details, **more})

    def _nobody(self, session: Session, case: LadderCase, now: datetime, reason: str) -> None:
        """Once a round: the clinic has planned nobody to page."""
        details: dict[str, object] = {"round": case.ladder_round, "reason": reason}
        if store.has_event(session, case.id, "nobody_to_page", details):
            return
        self._event(session, case, "nobody_to_page", now, details)
        log.error("case %s: nobody is paged (%s)", case.id, reason)

    def _deadline_missed(self, session: Session, case: LadderCase, now: datetime) -> None:
        details = {"round": case.ladder_round, "tier": case.tier}
        self._event(session, case, "deadline_missed", now, details)
        log.error("case %s: nobody has acknowledged it in time (tier %d)", case.id, case.tier)
        self._truth.tell_unseen(session, case, now)

    # --- somebody has

    def _seen(self, session: Session, case: LadderCase, now: datetime) -> None:
        if case.told_seen_round < case.ladder_round:
            self._truth.tell_seen(session, case, now)
            store.update(session, case.id, {"told_seen_round": case.ladder_round})
        lapses_at = (case.acted_at or now) + self._lapse_after(case)
        if now < lapses_at:
            store.update(session, case.id, {"next_step_at": lapses_at})
            return
        case_service.lapse(session, case.id, now)
        log.error("case %s: nothing followed its acknowledgement; it is open again", case.id)

    def _lapse_after(self, case: LadderCase) -> timedelta:
        lapse = LAPSE_AFTER if self._policy is None else self._policy.lapse_for(case.tier)
        return max(lapse, WORK_LAPSES_AFTER) if case.state is State.IN_PROGRESS else lapse

    @staticmethod
    def _event(
        session: Session, case: LadderCase, kind: str, now: datetime, details: Mapping[str, object]
    ) -> None:
        cases.add_event(session, case.id, kind, ladder.ACTOR, now, details=details)
