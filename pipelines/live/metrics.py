"""The metrics of the receiving process in Prometheus' text format; they name no company and no secret."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from accbooks_warehouse.pipelines.destinations.event_store import Waiting
from accbooks_warehouse.pipelines.live.messages import WorkerFigures
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

LAG_BUCKETS = (0.5, 1, 2, 3, 5, 8, 15, 30, 60, 120, 300, 600, 1800, 3600, 6 * 3600, 24 * 3600)


disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counts what is received, and keeps the figures of the last batch. May be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "accbooks_webhook_events",
            "Webhook requests by type of event and outcome.",
            ("type", "outcome"),
            registry=self._registry,
        )
        self._lag = Histogram(
            "accbooks_webhook_lag_seconds",
            "Seconds from the receipt of an event until it is in the models and compared.",
            buckets=LAG_BUCKETS,
            registry=self._registry,
        )
        self._runs = Counter(
            "accbooks_runs", "Batches and syncs by outcome.", ("outcome",), registry=self._registry
        )
        self._last_run = self._gauge("accbooks_last_run_timestamp_seconds", "When the last run ended.")
        self._pending = self._gauge("accbooks_webhook_backlog_events", "Events that are not in the models.")
        self._age = self._gauge("accbooks_webhook_backlog_age_seconds", "The age of the oldest of them.")
        self._spent = self._gauge(
            "accbooks_requests_today", "Requests of a company's key since midnight UTC.", "company_id"
        )
        self._left = self._gauge(
            "accbooks_requests_left_today", "Requests left of our share of the day's limit.", "company_id"
        )
        self._findings = self._gauge("accbooks_findings", "Findings by severity.", "severity")

    def count(self, type_: str, outcome: str) -> None:
        """Count a request to the webhook's path."""
        self._events.labels(type_, outcome).inc()

    def take(self, figures: WorkerFigures) -> None:
        """Take the figures of a batch or a sync."""
        for seconds in figures.lags:
            self._lag.observe(seconds)
        self._runs.labels(figures.outcome).inc()
        self._last_run.set(figures.at)
        for company in figures.companies:
            self._spent.labels(company.company_id).set(company.spent)
            if company.left is not None:
                self._left.labels(company.company_id).set(company.left)
        for severity, count in (figures.findings or {}).items():
            self._findings.labels(severity).set(count)

    def text(self, waiting: Sequence[Waiting] | None) -> bytes:
        """Return all metrics as text; if nobody knows what is `waiting`, its figures are no numbers."""
        self._pending.set(math.nan if waiting is None else sum(each.pending for each in waiting))
        self._age.set(math.nan if waiting is None else backlog_age(waiting))
        return generate_latest(self._registry)

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(name, description, labels, registry=self._registry)


def backlog_age(waiting: Sequence[Waiting]) -> float:
    """Return the seconds since the oldest pending event was received; 0 without one."""
    oldest = min((each.oldest for each in waiting), default=None)
    return 0.0 if oldest is None else max(0.0, (dt.datetime.now(dt.UTC) - oldest).total_seconds())
