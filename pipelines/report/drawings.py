"""Which charts a report has, each with its figures in words for who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accbooks_warehouse.pipelines.days import Days, day, span
from accbooks_warehouse.pipelines.queries.aged_debts import Debtor
from accbooks_warehouse.pipelines.queries.bank_balances import Balance
from accbooks_warehouse.pipelines.queries.figures import Books
from accbooks_warehouse.pipelines.queries.pack.months import Month
from accbooks_warehouse.pipelines.report.charts import Chart, cash_chart, debts_chart, profit_chart
from accbooks_warehouse.pipelines.report.words import spoken


def charts(books: Books, currency: str | None) -> Mapping[str, Chart]:
    """Return the charts of which there is something to draw."""
    months, balances = books.months, books.cash.balances
    receivable, payable = books.receivables.total, books.payables.total
    drawn = {}
    if months:
        drawn["profit"] = profit_chart(months, describe_profit(months, currency))
    if balances:
        drawn["cash"] = cash_chart(balances, describe_cash(balances, currency))
    if any(receivable.amounts) or any(payable.amounts):
        drawn["debts"] = debts_chart(receivable, payable, describe_debts(receivable, payable, currency))
    return drawn


def describe_profit(months: Sequence[Month], currency: str | None) -> str:
    """Say what the chart of the months shows."""
    first, last = months[0].days, months[-1]
    return (
        f"Income, costs and profit by month, {span(Days(first.start, last.days.end))}. In the last month "
        f"income was {spoken(last.income, currency)}, costs {spoken(last.costs, currency)}, "
        f"profit {spoken(last.profit, currency)}."
    )


def describe_cash(balances: Sequence[Balance], currency: str | None) -> str:
    """Say where cash began, where it ended, and when it was lowest."""
    first, last, low = balances[0], balances[-1], min(balances, key=lambda each: each.amount)
    return (
        f"Cash in all bank accounts, day by day: {spoken(first.amount, currency)} on {day(first.day)}, "
        f"{spoken(last.amount, currency)} on {day(last.day)}; lowest on {day(low.day)}, with "
        f"{spoken(low.amount, currency)}."
    )


def describe_debts(receivable: Debtor, payable: Debtor, currency: str | None) -> str:
    """Say how much is owed on both sides, and how much of it is overdue."""
    return (
        f"Customers owe {spoken(receivable.total, currency)}, {spoken(receivable.overdue, currency)} of it "
        f"overdue. We owe suppliers {spoken(payable.total, currency)}, "
        f"{spoken(payable.overdue, currency)} of it overdue."
    )
