"""Profit and loss: of the year so far against the year before, and month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from pipelines.destinations import Warehouse
from pipelines.report.period import Period
from pipelines.report.statement import ZERO, Account, Row, Section, result, section

INCOME, COSTS = ("turnover", "other_income"), ("cost_of_sales", "overheads", "taxation")


@dataclass(frozen=True)
class Month:
    """What came in and went out in a month; income and costs both positive."""

    start: dt.date
    income: Decimal
    costs: Decimal

    @property
    def profit(self) -> Decimal:
        """Return income less costs."""
        return self.income - self.costs


@dataclass(frozen=True)
class ProfitAndLoss:
    """The statement of a period beside the same period a year before, and the months of both.

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
        period.start,
        period.as_at,
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
        has_last_year=any(before is not None for *_, before in rows),
    )


def monthly(warehouse: Warehouse, company_id: str, period: Period) -> Sequence[Month]:
    """Return every month that the charts show, as far back as the books go."""
    rows = warehouse.query(
        f"""
        select months.month_start, lines.category, lines.amount
        from {warehouse.models}.months as months
        left join {warehouse.models}.profit_and_loss as lines
            on months.company_id = lines.company_id and months.month_start = lines.period_start
        where months.company_id = %s and months.month_start >= %s and months.month_end <= %s
        """,
        company_id,
        period.charted_from,
        period.as_at,
    )
    frame = pd.DataFrame(rows, columns=["month", "category", "amount"], dtype=object)
    starts = sorted(set(frame["month"]))
    table = frame.dropna().pivot_table(index="month", columns="category", values="amount", aggfunc="sum")
    table = table.reindex(index=starts, columns=[*INCOME, *COSTS])
    months = table.to_dict(orient="index")
    return [Month(start, _total(months[start], INCOME), _total(months[start], COSTS)) for start in starts]


def _total(month: Mapping[Any, Any], categories: Sequence[str]) -> Decimal:
    """Return the sum of some categories; a month that has nothing of one has NaN there."""
    amounts = (month[category] for category in categories)
    return sum((amount for amount in amounts if isinstance(amount, Decimal)), ZERO)
