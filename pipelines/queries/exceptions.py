"""What needs attention this morning, of many companies: the exceptions of an overview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.filing_rules import FilingDate
from accbooks_warehouse.pipelines.queries.findings import (
    LATE_VAT,
    NOT_COMPARED,
    PRIOR_PERIOD_CHANGE,
    Finding,
    Findings,
    changed_after_closing,
)
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, Overview
from accbooks_warehouse.pipelines.queries.runs import CompanyRun


class ExceptionKind(StrEnum):
    """What kind of exception it is, the most urgent first."""

    error = "error"
    warning = "warning"
    prior_period_change = "prior_period_change"
    late_vat = "late_vat"
    sync_failed = "sync_failed"
    not_read = "not_read"
    never_read = "never_read"
    file_refused = "file_refused"
    rate_missing = "rate_missing"
    overdrawn = "overdrawn"
    filing_overdue = "filing_overdue"
    filing_soon = "filing_soon"
    day_spent = "day_spent"


TITLES: Mapping[ExceptionKind, str] = MappingProxyType(
    {
        ExceptionKind.error: "Errors",
        ExceptionKind.warning: "Warnings",
        ExceptionKind.prior_period_change: "Changed in a closed period",
        ExceptionKind.late_vat: "Late VAT",
        ExceptionKind.sync_failed: "The last sync failed",
        ExceptionKind.not_read: "Not read for longer than is usual",
        ExceptionKind.never_read: "Never read",
        ExceptionKind.file_refused: "Configured files that were refused",
        ExceptionKind.rate_missing: "Groups without an exchange rate",
        ExceptionKind.overdrawn: "Overdrawn bank accounts",
        ExceptionKind.filing_overdue: "Filing dates that have passed",
        ExceptionKind.filing_soon: "Due within 30 days",
        ExceptionKind.day_spent: "Requests of the day used up",
    }
)
"""What each kind is called."""
URGENT = frozenset(
    {
        ExceptionKind.error,
        ExceptionKind.sync_failed,
        ExceptionKind.never_read,
        ExceptionKind.file_refused,
        ExceptionKind.filing_overdue,
    }
)
"""The kinds that somebody has to do something about; the others may be as they should."""
OF_NO_COMPANY: Mapping[ExceptionKind, str] = MappingProxyType(
    {ExceptionKind.file_refused: "file", ExceptionKind.rate_missing: "group"}
)
"""The kinds that are about something else than a company, and what."""
OWN_KINDS = {PRIOR_PERIOD_CHANGE, LATE_VAT}
"""The checks whose findings are kinds of their own."""


@dataclass(frozen=True)
class CompanyException:
    """One kind of exception of a company; `count` is how many there are, `message` about the first.

    `company_id` is None for a name that no sync has read, and for the kinds that are of no company; `title`
    is the name then. `check_name` and `severity` are those of findings.
    """

    kind: ExceptionKind
    company_id: str | None
    title: str
    count: int
    message: str
    check_name: str | None = None
    severity: str | None = None

    @property
    def is_of_company(self) -> bool:
        """Tell whether it is about a company, read or not."""
        return self.kind not in OF_NO_COMPANY


def exceptions(overview: Overview) -> list[CompanyException]:
    """Return all exceptions: by kind, then by check, then by company in the overview's order."""
    found = [each for company in overview.companies for each in _of_company(company, overview.at)]
    found += _never_read(overview)
    found += of_no_company(overview)
    kinds = list(ExceptionKind)
    return sorted(found, key=lambda each: (kinds.index(each.kind), each.check_name or ""))


def _of_company(company: CompanyOverview, now: dt.datetime) -> Iterator[CompanyException]:
    yield from _of_findings(company)
    if company.last_run and company.last_run.has_failed:
        said = _failed(company.last_run)
        yield CompanyException(ExceptionKind.sync_failed, company.company_id, company.title, 1, said)
    elif late := _not_read(company, now):
        yield CompanyException(ExceptionKind.not_read, company.company_id, company.title, 1, late)
    if company.overdrawn:
        base = company.record.base_currency or ""
        said = "; ".join(
            f"{each.name or 'bank account'} ({each.nominal_code}) "
            f"{each.balance:,.2f} {each.currency or base}".rstrip()
            for each in company.overdrawn
        )
        yield CompanyException(
            ExceptionKind.overdrawn, company.company_id, company.title, len(company.overdrawn), f"{said}."
        )
    yield from _of_filing_dates(company, now.date())
    budget = company.budget
    if budget and budget.allowance is not None and budget.spent >= budget.allowance:
        yield CompanyException(
            ExceptionKind.day_spent, company.company_id, company.title, 1, f"{budget} used today (UTC)."
        )


def _of_filing_dates(company: CompanyOverview, today: dt.date) -> Iterator[CompanyException]:
    """Yield one exception for what is overdue, and one for what is due within 30 days."""
    for kind, dates in (
        (ExceptionKind.filing_overdue, [each for each in company.filing_dates if each.is_overdue(today)]),
        (ExceptionKind.filing_soon, [each for each in company.filing_dates if each.is_soon(today)]),
    ):
        if dates:
            said = "; ".join(said_of_date(each, today) for each in dates)
            yield CompanyException(
                kind, company.company_id, company.title, len(dates), f"{said[0].upper()}{said[1:]}."
            )


def said_of_date(date: FilingDate, today: dt.date) -> str:
    """Return what is due for which period and when, in words."""
    days = (date.due_on - today).days
    if days < 0:
        when = f"{count(-days, 'day')} ago, not recorded as filed"
    else:
        when = f"in {count(days, 'day')}" if days else "today"
    return f"{date.kind} to {date.period_end}, due on {date.due_on}, {when}"


def _of_findings(company: CompanyOverview) -> Iterator[CompanyException]:
    """Yield one exception for each check and severity."""
    checks: dict[tuple[str, str], list[Finding]] = {}
    for finding in company.findings.rows:
        checks.setdefault((finding.severity, finding.check_name), []).append(finding)
    for (severity, check_name), rows in checks.items():
        yield CompanyException(
            ExceptionKind(check_name if check_name in OWN_KINDS else severity),
            company.company_id,
            company.title,
            len(rows),
            f"{changed_after_closing(len(rows))}." if check_name == PRIOR_PERIOD_CHANGE else rows[0].message,
            check_name,
            severity,
        )


def _failed(run: CompanyRun) -> str:
    """Say when a run ended with an error, and with which."""
    return f"{run.ended_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC: {run.message or 'It ended with an error.'}"


def _not_read(company: CompanyOverview, now: dt.datetime) -> str | None:
    """Say since when no sync has read a company, if that is longer than usual; None if it is not."""
    last = company.last_sync
    if last is None:
        return "No sync has read it."
    if company.is_failing(now):
        return "Its last sync began, and stored nothing. Run `accbooks sync`, and see what it says."
    if company.is_late(now):
        usual = "day" if last.usual_days == 1 else count(last.usual_days, "day")
        return (
            f"Last read {last.read_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC; it is read every {usual} as a "
            "rule. Run `accbooks sync`, or see why its schedule does not."
        )
    return None


def _never_read(overview: Overview) -> Iterator[CompanyException]:
    """Yield the configured names that no sync has read, whether or not a finding names them."""
    messages = {each.company_id: each for each in overview.findings.rows if each.check_name == NOT_COMPARED}
    for name in overview.unread:
        finding, run = messages.get(name), overview.failed.get(name)
        message = (
            finding.message if finding else "It was configured after the last sync. Run `accbooks sync`."
        )
        yield CompanyException(
            ExceptionKind.never_read,
            None,
            name,
            1,
            _failed(run) if run else message,
            finding.check_name if finding else None,
            finding.severity if finding else None,
        )


def of_no_company(overview: Overview) -> list[CompanyException]:
    """Return what is of no company: files that were refused, and groups for which rates are missing."""
    files = [
        CompanyException(ExceptionKind.file_refused, None, each.kind, 1, each.message)
        for each in overview.refused_files
    ]
    groups = [
        CompanyException(ExceptionKind.rate_missing, None, each.group, each.number, each.message)
        for each in overview.missing_rates
    ]
    return files + groups


def number_with(found: Iterable[CompanyException], kind: ExceptionKind) -> int:
    """Return how many companies, or for kinds of no company how many of these, have a kind."""
    return len({each.title for each in found if each.kind is kind})


def not_shown(overview: Overview) -> Findings:
    """Return the findings of names that are neither companies of the overview nor never read."""
    known = {each.company_id for each in overview.companies} | set(overview.unread)
    return Findings(tuple(each for each in overview.findings.rows if each.company_id not in known))
