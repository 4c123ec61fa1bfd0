"""GET /metrics in the Prometheus text format: how things stand, and how long deciding takes. No SKU, no order, no person.

What stands is read from the database when it is asked for, so it is the same whichever process is asked; what this process
did (its latencies, its calls of Slack) is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sync.measures.pressure import Pressure
from sync.ports import Clock, Store

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
"""Seconds from received to decided."""

TOTALS = ("deliveries", "repeats", "facts", "duplicates", "conflicts", "kept", "opened", "ended")
"""Running totals of the whole database that are told as counters."""


class Metrics:
    """The numbers of one process and of the database that it shares."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.registry = CollectorRegistry()
        self._latency = Histogram(
            "countersign_decided_seconds",
            "From receiving a fact to deciding on it, in this process.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._calls = Counter(
            "countersign_slack_calls",
            "Calls of Slack's Web API by this process; result ok, limited (429) or failed.",
            ("method", "result"),
            registry=self.registry,
        )

    def decided(self, waited: Iterable[timedelta]) -> None:
        """Facts were decided on after so long. A clock that was moved back counts as no time."""
        for one in waited:
            self._latency.observe(max(0.0, one.total_seconds()))

    def called(self, method: str, result: str) -> None:
        """Slack was called."""
        self._calls.labels(method, result).inc()

    def routes(self) -> list[web.RouteDef]:
        """The route, for the health address."""
        return [web.get("/metrics", self.answer)]

    async def answer(self, _request: web.Request) -> web.Response:
        """Everything as text."""
        now = self._clock.now()
        async with self._store.reading() as uow:
            standing = await uow.measured.pressure(now)
            totals = await uow.views.totals()
        shared = CollectorRegistry()
        shared.register(_Standing([*_counted(totals), *_standing(standing, now)]))
        body = generate_latest(self.registry) + generate_latest(shared)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Standing(Collector):
    """Families that were made for one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        """All of them."""
        return self._families


def _counted(totals: Mapping[str, int]) -> list[Metric]:
    told = {
        "deliveries": "Deliveries recorded.",
        "repeats": "Deliveries that had come before.",
        "facts": "Facts recorded.",
        "duplicates": "Facts that had come before.",
        "conflicts": "Facts told again with other content.",
        "kept": "Facts kept because nothing is known by their code.",
        "opened": "Exceptions opened.",
        "ended": "Exceptions ended.",
    }
    return [CounterMetricFamily(f"countersign_{name}", told[name], value=totals[name]) for name in TOTALS]


def _gauge(name: str, about: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(f"countersign_{name}", about, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _standing(known: Pressure, now: datetime) -> list[Metric]:
    def age(since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (now - since).total_seconds())

    queues, lanes, posts = known.queues, known.lanes, known.posts
    of_queue, of_system, of_post = ("queue", "class"), ("system",), ("kind",)
    drained = [(one, one.drains_in) for one in lanes]
    return [
        _gauge(
            "exceptions",
            "Unresolved exceptions.",
            of_queue,
            (((one.queue, one.cls), one.count) for one in queues),
        ),
        _gauge(
            "exceptions_late",
            "Unresolved exceptions beyond a time limit.",
            of_queue,
            (((one.queue, one.cls), one.late) for one in queues),
        ),
        _gauge(
            "exceptions_unowned",
            "Unresolved exceptions that nobody has.",
            of_queue,
            (((one.queue, one.cls), one.unowned) for one in queues),
        ),
        _gauge(
            "exceptions_oldest_seconds",
            "Age of the oldest unresolved exception.",
            of_queue,
            (((one.queue, one.cls), age(one.oldest)) for one in queues),
        ),
        _gauge(
            "revenue_at_risk",
            "Estimated revenue at risk of unresolved exceptions, in policy's currency.",
            of_queue,
            (((one.queue, one.cls), float(one.risk)) for one in queues),
        ),
        _gauge("due_rows", "Marks of SKUs that are to be decided.", (), [((), known.due.count)]),
        _gauge("due_oldest_seconds", "Age of the oldest mark.", (), [((), age(known.due.oldest))]),
        _gauge("lane_waiting", "Writes that wait for a system.", of_system, (((o.system,), o.waiting) for o in lanes)),
        _gauge(
            "lane_oldest_seconds",
            "Age of the oldest of them.",
            of_system,
            (((o.system,), age(o.oldest)) for o in lanes),
        ),
        _gauge(
            "lane_drain_seconds",
            "Until a lane is empty at the pace of the last ten minutes; absent when nothing was written.",
            of_system,
            (((one.system,), took.total_seconds()) for one, took in drained if took is not None),
        ),
        _gauge(
            "lane_blocked_seconds",
            "For how long a system's account is left alone after it refused.",
            of_system,
            (
                ((one.system,), max(0.0, (one.blocked_until - now).total_seconds()))
                for one in lanes
                if one.blocked_until
            ),
        ),
        _gauge("posts_waiting", "Slack messages that wait.", of_post, (((one.kind,), one.count) for one in posts)),
        _gauge(
            "posts_oldest_seconds",
            "How long the first of them has been due.",
            of_post,
            (((one.kind,), age(one.oldest)) for one in posts),
        ),
        _gauge(
            "deliveries_last_hour",
            "Deliveries received within an hour.",
            ("system", "state"),
            (((one.system, one.outcome), one.count) for one in known.deliveries),
        ),
        _gauge(
            "updates_last_hour",
            "Writes settled within an hour, by what came of them.",
            ("system", "outcome"),
            (((one.system, one.outcome), one.count) for one in known.updates),
        ),
    ]
