"""The status of companies as metrics in Prometheus' text format, for node_exporter's textfile collector.

Companies are named by their ids. Names and messages are left out, because metrics are kept for long and read
by many.
The format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.queries.exceptions import (
    OF_NO_COMPANY,
    ExceptionKind,
    exceptions,
    number_with,
)
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, Overview

PREFIX = "accbooks_"
OF_COMPANY = f"{PREFIX}company_"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass
class Gauge:
    """A gauge and its samples: labels and value."""

    name: str
    description: str
    samples: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> None:
        """Add a sample; what is not known has none."""
        if value is not None:
            self.samples.append((labels, float(value)))

    def lines(self) -> Iterator[str]:
        """Yield its lines; none without samples."""
        if self.samples:
            yield f"# HELP {self.name} {self.description}"
            yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples:
            shown = ",".join(f'{name}="{text.translate(ESCAPES)}"' for name, text in labels.items())
            yield f"{self.name}{{{shown}}} {_number(value)}" if shown else f"{self.name} {_number(value)}"


def metrics_text(overview: Overview) -> str:
    """Return all metrics. Times are seconds since 1970 in UTC; of a day, of its beginning."""
    gauges = [*_of_all(overview), *_of_companies(overview)]
    return "".join(f"{line}\n" for gauge in gauges for line in gauge.lines())


def _of_all(overview: Overview) -> Sequence[Gauge]:
    written = Gauge(f"{PREFIX}metrics_timestamp_seconds", "When these metrics were written.")
    written.add(overview.at.timestamp())
    companies = Gauge(f"{PREFIX}companies", "Companies by whether a sync has read them.")
    companies.add(len(overview.companies), state="read")
    companies.add(len(overview.unread), state="never_read")
    failing = Gauge(f"{PREFIX}never_read_failing", "Companies never read whose last sync failed.")
    failing.add(len(overview.failed))
    findings = Gauge(f"{PREFIX}warehouse_findings", "Findings of all companies, by severity.")
    _add_findings(findings, overview.findings)
    refused = Gauge(f"{PREFIX}files_refused", "Configured files that the last sync refused.")
    refused.add(number_with(exceptions(overview), ExceptionKind.file_refused))
    groups = Gauge(f"{PREFIX}groups_without_rates", "Groups that end early for want of an exchange rate.")
    groups.add(number_with(exceptions(overview), ExceptionKind.rate_missing))
    return written, companies, failing, findings, refused, groups


def _of_companies(overview: Overview) -> Sequence[Gauge]:
    now = overview.at
    last_sync = _gauge("last_sync_timestamp_seconds", "When a sync last read anything.")
    fresh = _gauge("fresh_to_timestamp_seconds", "When the list read longest ago was last read completely.")
    late = _gauge("late", "1 if no sync has read it for longer than is usual, or the last stored nothing.")
    agreed = _gauge("agreed_through_timestamp_seconds", "The last month-end to which all reports match.")
    findings = _gauge("findings", "Findings by severity.")
    attention = _gauge("exceptions", "What needs attention, by kind.")
    spent = _gauge("requests_today", "Requests of its key since midnight UTC, counted on this machine.")
    allowed = _gauge("requests_allowed", "Our share of the day's requests of its key.")
    status = _gauge("last_run_exit_status", "Its own exit status in its last sync or batch of events.")
    ended = _gauge("last_run_timestamp_seconds", "When its last sync or batch of events ended.")
    of_kind: dict[str | None, dict[ExceptionKind, int]] = {}
    for each in exceptions(overview):
        kinds = of_kind.setdefault(each.company_id, {})
        kinds[each.kind] = kinds.get(each.kind, 0) + each.count
    for company in overview.companies:
        own, last, budget = {"company_id": company.company_id}, company.last_sync, company.budget
        last_sync.add(last.read_at.timestamp() if last else None, **own)
        fresh.add(last.fresh_to.timestamp() if last and last.fresh_to else None, **own)
        late.add(company.is_late(now) or company.is_failing(now), **own)
        agreed.add(_midnight(company.compared.through), **own)
        _add_findings(findings, company.findings, **own)
        for kind in (each for each in ExceptionKind if each not in OF_NO_COMPANY):
            attention.add(of_kind.get(company.company_id, {}).get(kind), **own, kind=kind.value)
        spent.add(budget.spent if budget else None, **own)
        allowed.add(budget.allowance if budget else None, **own)
        status.add(_exit_status(company), **own)
        ended.add(company.last_run.ended_at.timestamp() if company.last_run else None, **own)
    return last_sync, fresh, late, agreed, findings, attention, spent, allowed, status, ended


def _gauge(name: str, description: str) -> Gauge:
    return Gauge(f"{OF_COMPANY}{name}", description)


def _add_findings(gauge: Gauge, found: Findings, **labels: str) -> None:
    gauge.add(len(found.errors), **labels, severity="error")
    gauge.add(len(found.warnings), **labels, severity="warning")


def _exit_status(company: CompanyOverview) -> int | None:
    """Return the company's own exit status in its last run, from its outcome in one word."""
    known = {each.name.lower(): int(each) for each in ExitStatus}
    return known.get(company.last_run.outcome) if company.last_run else None


def _midnight(day: dt.date | None) -> float | None:
    return None if day is None else dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
