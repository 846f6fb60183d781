"""Profit and loss: of the year so far against the same days of the year before, and month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.report.period import Period
from accbooks_warehouse.pipelines.report.statement import ZERO, Account, Row, Section, result, section

INCOME, COSTS = ("turnover", "other_income"), ("cost_of_sales", "overheads", "taxation")


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
    """The statement of a period beside the same days a year before, and the months of both.

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
    def net_profit(self) -> Row:
        """Return what is left of the income."""
        income, costs = (
            (self.turnover, self.other_income),
            (self.cost_of_sales, self.overheads, self.taxation),
        )
        left = result("Net profit", income, costs)
        return left if left.now >= 0 else replace(left, label="Net loss")

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the statement as it is printed."""
        gross = result("Gross profit", [self.turnover], [self.cost_of_sales])
        before_tax = result(
            "Profit before taxation",
            [self.turnover, self.other_income],
            [self.cost_of_sales, self.overheads],
        )
        return (
            *self.turnover.rows,
            *self.cost_of_sales.rows,
            gross,
            *self.other_income.rows,
            *self.overheads.rows,
            *((before_tax,) if self.taxation.lines else ()),
            *self.taxation.rows,
            self.net_profit,
        )


def profit_and_loss(warehouse: Warehouse, company_id: str, period: Period) -> ProfitAndLoss:
    """Return the statement of the period, in AccBooks' signs."""
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
    accounts = [
        Account(code, name, category, now or ZERO, before or ZERO)
        for code, name, category, now, before in rows
    ]
    return ProfitAndLoss(
        section(accounts, "turnover", "Turnover"),
        section(accounts, "cost_of_sales", "Cost of sales"),
        section(accounts, "other_income", "Other income"),
        section(accounts, "overheads", "Overheads"),
        section(accounts, "taxation", "Taxation"),
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
