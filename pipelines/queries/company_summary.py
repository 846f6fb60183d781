"""A summary of a company's copy after a sync: its rows, the last year's result, and what was healed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pendulum
from accbooks_warehouse.pipelines.destinations import MEMBERS, MODELS, Warehouse
from accbooks_warehouse.pipelines.queries.company import company_details, title
from accbooks_warehouse.pipelines.queries.comparison import Compared
from accbooks_warehouse.pipelines.queries.reconciliation import healed_since
from accbooks_warehouse.pipelines.queries.row_counts import row_counts
from accbooks_warehouse.pipelines.queries.sections import COSTS, INCOME, ZERO
from accbooks_warehouse.sources.accbooks import RECORD_RESOURCES


@dataclass(frozen=True)
class YearResult:
    """The result of a financial year, in base currency; `amounts` by category are all positive."""

    start: dt.date
    end: dt.date
    currency: str | None
    amounts: Mapping[str, Decimal]

    @property
    def is_over(self) -> bool:
        """Tell whether its last day has passed, in UTC."""
        return is_over(self.end)

    @property
    def profit(self) -> Decimal:
        """Return the profit: income less costs."""
        income = (self.amounts.get(category, ZERO) for category in INCOME)
        costs = (self.amounts.get(category, ZERO) for category in COSTS)
        return sum(income, ZERO) - sum(costs, ZERO)


@dataclass(frozen=True)
class CompanySummary:
    """A company's name and id, its rows by raw table, and the last year's result.

    `healed_documents` counts documents that healing found added, changed or deleted.
    """

    title: str
    rows: Mapping[str, int]
    year: YearResult | None
    compared: Compared
    healed_documents: Sequence[tuple[str, int]]


def company_summary(
    warehouse: Warehouse, company_id: str, began: dt.datetime, compared: Compared
) -> CompanySummary:
    """Return the summary of a company after the sync that began then; the models have to be built."""
    return CompanySummary(
        title(warehouse, company_id),
        dict(row_counts(warehouse, RECORD_RESOURCES, company_id)),
        year_result(warehouse, company_id),
        compared,
        healed_since(warehouse, company_id, began),
    )


def has_models(warehouse: Warehouse) -> bool:
    """Tell whether the models are built."""
    return warehouse.exists() and warehouse.has_table(MODELS, "certificates")


def year_result(warehouse: Warehouse, company_id: str) -> YearResult | None:
    """Return the result of the last complete financial year, or else of the current one; None without any."""
    year = _last_year(warehouse, company_id)
    if year is None:
        return None
    rows = warehouse.query_of(
        company_id,
        "select company_id, category, sum(amount) "
        f"from {warehouse.models}.profit_and_loss_by_financial_year "
        f"where company_id in ({MEMBERS}) and period_start = %s group by company_id, category",
        year[0],
    )
    (currency,) = company_details(warehouse, company_id, "base_currency")
    return YearResult(*year, currency, {category: Decimal(amount) for category, amount in rows})


def _last_year(warehouse: Warehouse, company_id: str) -> tuple[dt.date, dt.date] | None:
    """Return the last financial year that is over, or the current one if there is none just before it."""
    rows = warehouse.query_of(
        company_id,
        "select distinct company_id, period_start, period_end "
        f"from {warehouse.models}.profit_and_loss_by_financial_year "
        f"where company_id in ({MEMBERS}) order by period_end",
    )
    over = [(start, end) for start, end in rows if is_over(end)]
    coming = [(start, end) for start, end in rows if not is_over(end)]
    if over and (not coming or over[-1][1] + dt.timedelta(days=1) == coming[0][0]):
        return over[-1]
    return next(iter(coming), None)


def is_over(day: dt.date) -> bool:
    """Tell whether a day has passed, in UTC."""
    return day < pendulum.today("UTC").date()
