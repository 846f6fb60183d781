"""The status of companies as one JSON document; docs/commands.md lists its keys."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.queries.comparison import ComparedDepth
from accbooks_warehouse.pipelines.queries.exceptions import (
    OF_NO_COMPANY,
    ExceptionKind,
    exceptions,
    not_shown,
    number_with,
)
from accbooks_warehouse.pipelines.queries.findings import LATE_VAT, PRIOR_PERIOD_CHANGE, first_line
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, LastSync, Overview
from accbooks_warehouse.pipelines.queries.received_events import ReceivedEvents
from accbooks_warehouse.pipelines.queries.runs import CompanyRun
from accbooks_warehouse.pipelines.sync.result import SyncResult


def overview_as_json(overview: Overview, result: SyncResult) -> str:
    """Write an overview as JSON: dates and times as ISO 8601 text, times in UTC, amounts as text."""
    found = exceptions(overview)
    document = {
        "as_at": _time(overview.at),
        "exit_status": int(result.status),
        "message": last_line(result)[0],
        "closed_periods": first_line(overview.findings),
        "totals": {
            "companies": len(overview.companies),
            "never_read": len(overview.unread),
            "errors": len(overview.findings.errors),
            "warnings": len(overview.findings.warnings),
            "companies_with": {
                kind.value: number_with(found, kind)
                for kind in ExceptionKind
                if kind is not ExceptionKind.never_read and kind not in OF_NO_COMPANY
            },
            "refused_files": number_with(found, ExceptionKind.file_refused),
            "groups_without_rates": number_with(found, ExceptionKind.rate_missing),
            "requests_today": overview.requests_today,
        },
        "exceptions": [
            {
                "kind": each.kind.value,
                "company_id": each.company_id,
                "company": each.title,
                "count": each.count,
                "check_name": each.check_name,
                "severity": each.severity,
                "message": each.message,
            }
            for each in found
        ],
        "companies": [_company(each, overview.at) for each in overview.companies],
        "never_read": list(overview.unread),
        "other_findings": [
            {
                "company_id": each.company_id,
                "check_name": each.check_name,
                "severity": each.severity,
                "message": each.message,
            }
            for each in not_shown(overview).rows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _company(company: CompanyOverview, now: dt.datetime) -> dict[str, Any]:
    found, compared, last = company.findings, company.compared, company.last_sync
    depths = {each.depth: each for each in compared.depths}
    return {
        "company_id": company.company_id,
        "name": company.record.name,
        "configured_name": company.key.name if company.key else None,
        "base_currency": company.record.base_currency,
        "plan": company.record.plan,
        **_last_sync(last),
        "is_late": company.is_late(now) or company.is_failing(now),
        "agreed_through": _date(compared.through),
        **{depth.value: _depth(depths.get(depth)) for depth in (Depth.balances, Depth.months, Depth.years)},
        "differing_lines": compared.lines.differing,
        "not_comparable_lines": compared.lines.not_comparable,
        "reports_out_of_date": compared.set_aside,
        "errors": len(found.errors),
        "warnings": len(found.warnings),
        "findings": found.counts,
        "prior_period_changes": found.counts.get(PRIOR_PERIOD_CHANGE, 0),
        "late_vat": found.counts.get(LATE_VAT, 0),
        "overdrawn": [
            {
                "nominal_code": each.nominal_code,
                "name": each.name,
                "balance": f"{each.balance:.2f}",
                "currency": each.currency or company.record.base_currency,
            }
            for each in company.overdrawn
        ],
        "last_run": _last_run(company.last_run),
        "filing_dates": [
            {
                "kind": each.kind.name,
                "period_end": _date(each.period_end),
                "due_on": _date(each.due_on),
                "is_overdue": each.is_overdue(now.date()),
            }
            for each in company.filing_dates
        ],
        "events": _events(company.events),
        "requests_today": company.budget.spent if company.budget else None,
        "requests_allowed": company.budget.allowance if company.budget else None,
    }


def _last_sync(last: LastSync | None) -> dict[str, Any]:
    return {
        "last_sync": _time(last.read_at) if last else None,
        "fresh_to": _time(last.fresh_to) if last else None,
        "usual_days": last.usual_days if last else None,
        "late_after": _time(last.due_at) if last else None,
    }


def _last_run(run: CompanyRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run_id": run.run_id,
        "command": run.command,
        "started_at": _time(run.started_at),
        "ended_at": _time(run.ended_at),
        "exit_status": run.exit_status,
        "outcome": run.outcome,
        "error_kind": run.error_kind,
        "message": run.message,
    }


def _depth(compared: ComparedDepth | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    return {
        "matching": compared.matching,
        "periods": compared.periods,
        "compared_at": _time(compared.oldest),
        "until": _date(compared.until),
    }


def _events(events: ReceivedEvents | None) -> dict[str, Any] | None:
    if events is None:
        return None
    return {
        "last_received": _time(events.last_received),
        "waiting": events.waiting,
        "oldest_waiting": _time(events.oldest_waiting),
        "lag_seconds": events.lag_seconds,
    }


def _time(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).isoformat(timespec="seconds")


def _date(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
