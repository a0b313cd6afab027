"""`GET /metrics`: what the operator's monitoring watches, in Prometheus' text format. Counts only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.database import Database, DatabaseUnavailable
from bot.escalation import store as escalation
from bot.gateway.problems import Problem, unavailable
from bot.outbox import repository as outbox

# How long a finished delivery is counted.
COUNTED: Final = timedelta(hours=24)
_LOOPBACK: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Metrics:
    """The numbers are read from the database when they are asked for, so that every process is in them."""

    database: Database
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        return [Route("/metrics", self.metrics, methods=["GET"])]

    async def metrics(self, request: Request) -> Response:
        """For programs on this machine; the proxy tells us where others come from."""
        if request.client is None or request.client.host not in _LOOPBACK:
            raise Problem(404, "not-found", "Not Found", "There is nothing at this address.")
        try:
            families = await run_in_threadpool(self._read)
        except DatabaseUnavailable:
            raise unavailable("The database does not answer.") from None
        registry = CollectorRegistry()
        registry.register(_Read(families))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    def _read(self) -> list[Metric]:
        now = self.clock()
        with self.database.transaction() as session:
            counts = outbox.counts(session, now - COUNTED)
            oldest = outbox.oldest_waiting(session)
            waiting_cases = escalation.overdue_counts(session, now)
            due_since = escalation.oldest_due_step(session)
        deliveries = GaugeMetricFamily(
            "assistant_deliveries",
            "Deliveries that wait (pending, sending) or ended in the last 24 hours (sent, blocked, dead, cancelled)",
            labels=("channel", "status"),
        )
        for (channel, status), count in sorted(counts.items()):
            deliveries.add_metric((channel, status), count)
        waiting = GaugeMetricFamily(
            "assistant_delivery_oldest_waiting_seconds",
            "Age of the oldest delivery that waits",
            labels=("channel",),
        )
        for channel, since in sorted(oldest.items()):
            waiting.add_metric((channel,), max(0.0, (now - since).total_seconds()))
        return [deliveries, waiting, *_of_cases(waiting_cases, due_since, now)]


def _of_cases(
    waiting: Mapping[tuple[int, str], int], due_since: datetime | None, now: datetime
) -> list[Metric]:
    unseen = GaugeMetricFamily(
        "assistant_cases_unacknowledged",
        "Cases that nobody has acknowledged, by tier and by whether their deadline has passed",
        labels=("tier", "deadline"),
    )
    for (tier, deadline), count in sorted(waiting.items()):
        unseen.add_metric((str(tier), deadline), count)
    behind = GaugeMetricFamily(
        "assistant_escalation_behind_seconds", "By how much the most overdue escalation step is late"
    )
    behind.add_metric((), 0.0 if due_since is None else max(0.0, (now - due_since).total_seconds()))
    return [unseen, behind]


class _Read(Collector):
    """Numbers that have been read already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families
