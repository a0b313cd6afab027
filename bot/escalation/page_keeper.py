"""What becomes of pages: not sent when nobody needs them any more, and what follows when one was taken or given up."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from bot.cases import service as case_service
from bot.cases.domain import WAITING
from bot.escalation import store
from bot.escalation.ladder_case import LadderCase
from bot.escalation.pages import PAGE, PATIENCE, alarm_parcels
from bot.escalation.policy import Person, Policy
from bot.outbox import repository as outbox
from bot.outbox.keeper import Standing
from bot.outbox.values import Delivery, Status

log = logging.getLogger(__name__)

# Whoever these many pages of the ladder name is told when one of its pages could not be delivered.
PAGES_AHEAD: Final = 12
_HOPEFUL: Final = (Status.PENDING, Status.SENDING, Status.SENT)


class PageKeeper:
    """Keeper of pages and of alarms about pages. `policy` is None when the clinic pages nobody (any more)."""

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy

    def patience(self, delivery: Delivery) -> timedelta:
        return PATIENCE[delivery.payload["tier"]]

    def standing(self, session: Session, delivery: Delivery) -> Standing:
        """Only for a case that nobody has acknowledged, in its present round, and only the latest of its stream."""
        case = _case(session, delivery)
        if case is None or case.state not in WAITING or case.ladder_round != delivery.payload["round"]:
            return Standing.CANCEL
        if not outbox.followed(session, delivery):
            return Standing.SEND
        return Standing.CANCEL if delivery.problem is None else Standing.GIVE_UP

    def sent(self, session: Session, delivery: Delivery, now: datetime) -> None:
        assert delivery.case_id is not None
        case_service.page_reached(session, delivery.case_id, now, self._details(delivery))

    def given_up(self, session: Session, delivery: Delivery, problem: str, now: datetime) -> None:
        # Locked first: of two last pages that fail at once, one has to see that the other has failed too.
        case = _case(session, delivery, lock=True)
        if case is None:
            return
        pages = store.pages_of_round(session, case.id, PAGE, case.ladder_round)
        nobody = not any(status in _HOPEFUL for _, _, status in pages)
        details = {**self._details(delivery), "problem": problem}
        case_service.page_failed(session, case.id, now, details, nobody_reached=nobody)
        if nobody and case.state in WAITING:
            log.error("case %s: no page of round %d has reached anybody", case.id, case.ladder_round)
        if delivery.kind == PAGE and case.state in WAITING and case.ladder_round == delivery.payload["round"]:
            dead = {(person, address) for person, address, status in pages if status is Status.DEAD}
            self._alarm(session, case, delivery, dead, now)

    def _alarm(
        self,
        session: Session,
        case: LadderCase,
        delivery: Delivery,
        dead: set[tuple[str, int]],
        now: datetime,
    ) -> None:
        for person in self._others(case, delivery.payload["person"]):
            for parcel in alarm_parcels(case, person, delivery.payload, f"{delivery.payload['number']}!"):
                if (person.id, parcel.payload["address"]) not in dead:
                    outbox.put(session, parcel, now)

    def _others(self, case: LadderCase, failed: str) -> Iterable[Person]:
        """Everybody whom the case's ladder names soon; when that is nobody else, everybody whom the policy knows."""
        if self._policy is None:
            return []
        policy = self._policy
        ahead = islice(policy.plan(case.tier, case.ladder_started_at), PAGES_AHEAD)
        named = dict.fromkeys(person for page in ahead for person in page.person_ids if person != failed)
        return [policy.people[person] for person in named] or [
            person for person in policy.people.values() if person.id != failed
        ]

    def _details(self, delivery: Delivery) -> dict[str, object]:
        payload = delivery.payload
        person = self._policy.people.get(payload["person"]) if self._policy is not None else None
        known = person is not None and payload["address"] < len(person.addresses)
        return {
            "person": payload["person"],
            "kind": person.addresses[payload["address"]].kind if person is not None and known else "unknown",
            "step": payload["step"],
            "round": payload["round"],
            "number": payload["number"],
        }


def _case(session: Session, delivery: Delivery, *, lock: bool = False) -> LadderCase | None:
    return None if delivery.case_id is None else store.by_id(session, delivery.case_id, lock=lock)
