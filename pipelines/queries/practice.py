"""What a practice asks of all its companies every morning, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
from accbooks_warehouse.pipelines.filing_rules import FilingDate
from accbooks_warehouse.pipelines.queries.exceptions import (
    CompanyException,
    ExceptionKind,
    exceptions,
    not_shown,
    number_with,
)
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.overview import CompanyOverview, Overview
from accbooks_warehouse.pipelines.queries.periods import all_financial_years, all_months
from accbooks_warehouse.pipelines.queries.reporting_period import MONTH, YEAR_TO_DATE, Period, period_of
from accbooks_warehouse.pipelines.queries.sections import COSTS, INCOME, ZERO

NEEDED = (
    "months",
    "financial_years",
    "bank_balances",
    "aged_receivables",
    "profit_and_loss_comparative",
    "findings",
)
"""The models that the page needs."""


@dataclass(frozen=True)
class PracticeFigures:
    """A company's figures at the end of its last month that is over, in base currency.

    `cash` is the balance of all bank accounts, `debtors` what is outstanding of customers, and `profit` that
    of the financial year to date; a loss is negative.
    """

    period: Period
    cash: Decimal
    debtors: Decimal
    profit: Decimal


@dataclass(frozen=True)
class PracticeCompany:
    """A company, its figures (None if nothing is posted), and what needs attention."""

    overview: CompanyOverview
    figures: PracticeFigures | None
    exceptions: Sequence[CompanyException] = ()

    @property
    def next_date(self) -> FilingDate | None:
        """Return what is to be filed first, also if it is overdue; None if nothing is known of that."""
        return next(iter(self.overview.filing_dates), None)


@dataclass(frozen=True)
class Alike:
    """Exceptions of several companies that say the same, or of one: companies by id (None: never read)."""

    message: str
    check_name: str | None
    count: int
    companies: Sequence[tuple[str | None, str]]


@dataclass(frozen=True)
class Practice:
    """All companies of a warehouse at a time, and the configured names that no sync has read yet."""

    at: dt.datetime
    companies: Sequence[PracticeCompany]
    unread: Sequence[str]
    exceptions: Mapping[ExceptionKind, Sequence[CompanyException]]
    others: Findings

    @property
    def number(self) -> int:
        """Return how many companies there are, read or not."""
        return len(self.companies) + len(self.unread)

    @property
    def needing(self) -> int:
        """Return how many companies need attention."""
        return len({each.title for found in self.exceptions.values() for each in found if each.is_of_company})

    def companies_with(self, kind: ExceptionKind) -> int:
        """Return how many companies have an exception of a kind; of files, how many these are."""
        return number_with(self.exceptions.get(kind, ()), kind)

    def alike(self, kind: ExceptionKind) -> list[Alike]:
        """Return the exceptions of a kind, those that say the same together."""
        found: defaultdict[tuple[str | None, str, int], list[tuple[str | None, str]]] = defaultdict(list)
        for each in self.exceptions.get(kind, ()):
            found[each.check_name, each.message, each.count].append((each.company_id, each.title))
        return [
            Alike(message, check_name, number, companies)
            for (check_name, message, number), companies in found.items()
        ]


def practice(warehouse: Warehouse, overview: Overview) -> Practice:
    """Return the practice of an overview, with the figures of each company."""
    figures = practice_figures(
        warehouse, [each.company_id for each in overview.companies], overview.at.date()
    )
    found = exceptions(overview)
    of_kind: defaultdict[ExceptionKind, list[CompanyException]] = defaultdict(list)
    of_company: defaultdict[str | None, list[CompanyException]] = defaultdict(list)
    for each in found:
        of_kind[each.kind].append(each)
        of_company[each.company_id].append(each)
    companies = [
        PracticeCompany(each, figures.get(each.company_id), tuple(of_company[each.company_id]))
        for each in overview.companies
    ]
    return Practice(overview.at, companies, overview.unread, dict(of_kind), not_shown(overview))


def practice_figures(
    warehouse: Warehouse, company_ids: Iterable[str], today: dt.date
) -> dict[str, PracticeFigures]:
    """Return the figures of each company that has postings: those of its own report."""
    months, years = all_months(warehouse), all_financial_years(warehouse)
    periods = {
        each: period
        for each in company_ids
        if (period := period_of(months.get(each, ()), years.get(each, ()), today))
    }
    if not periods:
        return {}
    ends = sorted({each.as_at for each in periods.values()})
    cash = _cash(warehouse, ends)
    debtors = _at(warehouse, "sum(outstanding)", "aged_receivables", "as_at", ends)
    profits = _profits(warehouse, ends)
    return {
        company_id: PracticeFigures(
            period,
            cash.get((company_id, period.as_at), ZERO),
            debtors.get((company_id, period.as_at), ZERO),
            profits.get((company_id, period.kind, period.days.start, period.as_at), ZERO),
        )
        for company_id, period in periods.items()
    }


def _at(
    warehouse: Warehouse, amount: str, model: str, column: str, days: Sequence[dt.date]
) -> dict[tuple[str, dt.date], Decimal]:
    """Return an amount of a model by company and day."""
    rows = warehouse.query(
        f"select company_id, {column}, {amount} from {warehouse.models}.{model} "
        f"where {column} in ({placeholders(days)}) group by company_id, {column}",
        *days,
    )
    return {(company_id, day): total for company_id, day, total in rows}


def _cash(warehouse: Warehouse, days: Sequence[dt.date]) -> dict[tuple[str, dt.date], Decimal]:
    """Return the balance of all bank accounts by company and day; daily balances end today, these do not."""
    ends = " union all ".join("select cast(%s as date) as as_at" for _ in days)
    rows = warehouse.query(
        "select movements.company_id, ends.as_at, sum(movements.amount) "
        f"from ({ends}) as ends inner join {warehouse.staging}.bank_movements as movements "
        "on movements.posting_date <= ends.as_at group by movements.company_id, ends.as_at",
        *days,
    )
    return {(company_id, day): total for company_id, day, total in rows}


def _profits(
    warehouse: Warehouse, ends: Sequence[dt.date]
) -> dict[tuple[str, str, dt.date, dt.date], Decimal]:
    """Return the profits of periods that end on these days, by company, kind, first and last day."""
    rows = warehouse.query(
        "select company_id, period_type, period_start, period_end, category, sum(amount) "
        f"from {warehouse.models}.profit_and_loss_comparative "
        f"where period_type in (%s, %s) and period_end in ({placeholders(ends)}) "
        "group by company_id, period_type, period_start, period_end, category",
        *(YEAR_TO_DATE, MONTH, *ends),
    )
    found: defaultdict[tuple[str, str, dt.date, dt.date], Decimal] = defaultdict(lambda: ZERO)
    for *key, category, amount in rows:
        sign = 1 if category in INCOME else -1 if category in COSTS else 0
        company_id, kind, start, end = key
        found[company_id, kind, start, end] += sign * amount
    return found
