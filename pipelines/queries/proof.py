"""The comparison section of a report: which reports match AccBooks', what differs and why, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.closings import ClosedPeriods, closed_periods
from accbooks_warehouse.pipelines.queries.compared_reports import ComparedReport, compared_reports
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget
from accbooks_warehouse.pipelines.queries.findings import (
    PARTIAL_HISTORY,
    Findings,
    findings,
)
from accbooks_warehouse.pipelines.queries.periods import financial_years, months
from accbooks_warehouse.pipelines.queries.reconciliation import Line, differences
from accbooks_warehouse.pipelines.queries.status import CompanyStatus, company_status

MOST_SUSPECTS, MOST_HEALED_LINES = 10, 10
"""The most to show; the models have all of them."""


@dataclass(frozen=True)
class DifferingLine:
    """A line that differs, with the name of its account."""

    line: Line
    name: str | None


@dataclass(frozen=True)
class Suspect:
    """A document whose amount equals the difference of a line."""

    kind: str
    identifier: str
    date: dt.date
    amount: Decimal


@dataclass(frozen=True)
class HealedLine:
    """A change in AccBooks that explains earlier differences, and how many lines match since it was read."""

    explanation: str
    lines: int


@dataclass(frozen=True)
class Proof:
    """What was compared with AccBooks, and what differs. `lines` are the lines of reports that differ.

    `month_ends` are those of the books, `year_end` is the last known end of a financial year.
    """

    status: CompanyStatus
    month_ends: tuple[dt.date, ...]
    year_end: dt.date | None
    reports: tuple[ComparedReport, ...]
    lines: tuple[DifferingLine, ...]
    findings: Findings
    suspects: tuple[Suspect, ...]
    healed_lines: tuple[HealedLine, ...]
    budgets: tuple[DayBudget, ...]
    closed: ClosedPeriods = field(default_factory=ClosedPeriods)

    @property
    def is_partial(self) -> bool:
        """Tell whether the copy does not have all dates, so that figures may be incomplete."""
        return self.findings.has(PARTIAL_HISTORY)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is posted and AccBooks' reports are empty as well."""
        return not self.status.compared.has_postings and self.status.compared.through is not None


def proof(warehouse: Warehouse, company_id: str, budgets: Sequence[DayBudget]) -> Proof:
    """Return how a company's books compare with AccBooks' reports."""
    lines = differences(warehouse, [company_id])
    names = account_names(warehouse, company_id) if lines else {}
    found = findings(warehouse, [company_id])
    return Proof(
        company_status(warehouse, company_id),
        tuple(month.end for month in months(warehouse, company_id)),
        max((year.end for year in financial_years(warehouse, company_id)), default=None),
        tuple(compared_reports(warehouse, company_id)),
        tuple(DifferingLine(line, names.get(line.nominal_code)) for line in lines),
        found,
        tuple(suspects(warehouse, company_id)),
        tuple(healed_lines(warehouse, company_id)),
        tuple(budgets),
        closed_periods(warehouse, company_id, found),
    )


def account_names(warehouse: Warehouse, company_id: str) -> dict[str | None, str | None]:
    """Return the names of the nominal accounts."""
    rows = warehouse.query(
        f"select nominal_code, name from {warehouse.models}.nominal_accounts where company_id = %s",
        company_id,
    )
    return dict(rows)


def suspects(warehouse: Warehouse, company_id: str) -> list[Suspect]:
    """Return the documents whose amount equals a difference, the earliest first."""
    rows = warehouse.query(
        "select distinct source_type, source_id, posting_date, abs(amount) "
        f"from {warehouse.models}.reconciliation_suspects where company_id = %s order by 3, 2 "
        f"limit {MOST_SUSPECTS}",
        company_id,
    )
    return [Suspect(*row) for row in rows]


def healed_lines(warehouse: Warehouse, company_id: str) -> list[HealedLine]:
    """Return the changes that explain why lines differed before and match now."""
    rows = warehouse.query(
        f"select explanation, count(*) from {warehouse.models}.reconciliation "
        "where company_id = %s and status = 'match' and explanation is not null "
        f"group by explanation order by 2 desc, 1 limit {MOST_HEALED_LINES}",
        company_id,
    )
    return [HealedLine(explanation, int(count)) for explanation, count in rows]
