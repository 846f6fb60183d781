"""Profit and loss: of the year so far against the same days of the year before, and month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.reporting_period import Period
from accbooks_warehouse.pipelines.queries.sections import (
    COSTS,
    INCOME,
    ZERO,
    Amounts,
    Section,
    accounts_of,
    section,
)


@dataclass(frozen=True)
class Month:
    """What came in and went out in a month, or in the part of it before or after a year end within it.

    Income and costs are both positive.
    """

    days: Days
    income: Decimal
    costs: Decimal

    @property
    def profit(self) -> Decimal:
        """Return income less costs."""
        return self.income - self.costs


@dataclass(frozen=True)
class ProfitAndLoss:
    """The profit and loss of a period beside the same days a year before, and the months of both.

    Where the books do not go back that far, `has_last_year` is false, and last year's figures are nothing.
    """

    turnover: Section
    cost_of_sales: Section
    other_income: Section
    overheads: Section
    taxation: Section
    months: tuple[Month, ...]
    has_last_year: bool

    @property
    def gross_profit(self) -> Amounts:
        """Return the turnover less what the sold goods cost."""
        return self.turnover.total - self.cost_of_sales.total

    @property
    def profit_before_taxation(self) -> Amounts:
        """Return the income less all costs but taxation."""
        return self.gross_profit + self.other_income.total - self.overheads.total

    @property
    def net_profit(self) -> Amounts:
        """Return what is left of the income; a loss is negative."""
        return self.profit_before_taxation - self.taxation.total


def profit_and_loss(warehouse: Warehouse, company_id: str, period: Period) -> ProfitAndLoss:
    """Return the profit and loss of the period, in AccBooks' signs."""
    rows = warehouse.query(
        f"select nominal_code, name, category, amount, amount_last_year "
        f"from {warehouse.models}.profit_and_loss_comparative "
        "where company_id = %s and period_type = %s and period_start = %s and period_end = %s "
        "order by nominal_code",
        company_id,
        period.kind,
        period.days.start,
        period.days.end,
    )
    accounts = accounts_of(rows)
    return ProfitAndLoss(
        section(accounts, "turnover"),
        section(accounts, "cost_of_sales"),
        section(accounts, "other_income"),
        section(accounts, "overheads"),
        section(accounts, "taxation"),
        tuple(monthly(warehouse, company_id, period)),
        has_last_year=period.before is not None and any(before is not None for *_, before in rows),
    )


def monthly(warehouse: Warehouse, company_id: str, period: Period) -> Sequence[Month]:
    """Return every month that the charts show, as far back as the books go.

    A month in which a financial year ends is two of them, so that those of a year add up to it.
    """
    rows = warehouse.query(
        f"""
        select
            balances.period_start,
            balances.period_end,
            categories.category,
            sum(categories.sign * balances.amount)
        from {warehouse.models}.period_balances as balances
        left join {warehouse.models}.nominal_accounts as accounts
            on balances.company_id = accounts.company_id and balances.nominal_code = accounts.nominal_code
        left join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category and categories.statement = 'profit_and_loss'
        where balances.company_id = %s and balances.period_start >= %s and balances.period_end <= %s
        group by balances.period_start, balances.period_end, categories.category
        """,
        company_id,
        period.charted_from,
        period.as_at,
    )
    amounts = {(Days(start, end), category): amount for start, end, category, amount in rows}
    days = sorted({days for days, _ in amounts}, key=lambda each: each.start)
    return [Month(each, _total(amounts, each, INCOME), _total(amounts, each, COSTS)) for each in days]


def _total(
    amounts: Mapping[tuple[Days, str | None], Decimal], days: Days, categories: Sequence[str]
) -> Decimal:
    """Return the sum of some categories in a month; there may be nothing of one."""
    return sum((amounts.get((days, category), ZERO) for category in categories), ZERO)
