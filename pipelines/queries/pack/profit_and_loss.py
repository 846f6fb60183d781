"""Profit and loss of the month and of the year to date, of the same days a year before, and of the budget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.budget import Budget, share_of_days
from accbooks_warehouse.pipelines.queries.pack.layout import AccountRow, LaidOut, laid_out, layout
from accbooks_warehouse.pipelines.queries.pack.statement import (
    Column,
    Group,
    Length,
    Line,
    Margin,
    Part,
    Statement,
    added,
    result,
)
from accbooks_warehouse.pipelines.queries.reporting_period import YEAR_TO_DATE, Period
from accbooks_warehouse.pipelines.queries.sections import INCOME, rounded

GROUPS = (
    ("turnover", "Turnover"),
    ("cost_of_sales", "Cost of sales"),
    ("other_income", "Other operating income"),
    ("overheads", "Administrative expenses"),
    ("taxation", "Tax on profit"),
)
"""The groups in the order of UK accounts (Companies Act, format 1), by the category of their accounts."""
GROSS = ((1, "turnover"), (-1, "cost_of_sales"))
BEFORE_TAX = ((1, "gross_profit"), (1, "other_income"), (-1, "overheads"))
NET = ((1, "before_tax"), (-1, "taxation"))
ORDER = (
    "turnover",
    "cost_of_sales",
    "gross_profit",
    "gross_margin",
    "other_income",
    "overheads",
    "before_tax",
    "taxation",
    "net_profit",
    "net_margin",
)
"""The parts in the order they are printed."""


@dataclass(frozen=True)
class Query:
    """SQL with its parameters: CTEs that end in `lines`, a row for each account with an amount a column."""

    sql: str
    parameters: tuple[Any, ...]


def profit_and_loss(
    warehouse: Warehouse, company_id: str, period: Period, plan: Budget | None = None
) -> Statement:
    """Return the profit and loss with AccBooks' signs: income and costs are both positive."""
    columns = columns_of(warehouse, company_id, period, plan)
    lines = _lines(warehouse, company_id, columns, plan)
    names = ", ".join(f"lines.{each.key}" for each in columns)
    rows = warehouse.query(
        f"{lines.sql} select lines.nominal_code, lines.name, lines.category, {names} from lines "
        "order by lines.nominal_code",
        *lines.parameters,
    )
    margins = _margins(warehouse, lines, columns)
    configured = layout(warehouse, "profit_and_loss")
    return _laid_out(rows, columns, margins, configured) if configured else _default(rows, columns, margins)


def _default(
    rows: Sequence[tuple[Any, ...]], columns: tuple[Column, ...], margins: list[Margin]
) -> Statement:
    """Return the statement as UK accounts have it; profit before taxation only where there is any."""
    groups = [_group(category, title, rows, len(columns)) for category, title in GROUPS]
    parts: dict[str, Part] = {each.key: each for each in groups if each.lines or each.key == "turnover"}
    parts["gross_profit"] = result("gross_profit", "Gross profit", GROSS, parts, columns)
    parts["gross_margin"], parts["net_margin"] = margins
    if "taxation" in parts:
        parts["before_tax"] = result("before_tax", "Profit before taxation", BEFORE_TAX, parts, columns)
    of = NET if "taxation" in parts else BEFORE_TAX
    parts["net_profit"] = result("net_profit", "Profit for the period", of, parts, columns)
    return Statement(columns, tuple(parts[key] for key in ORDER if key in parts))


def _laid_out(
    rows: Sequence[tuple[Any, ...]],
    columns: tuple[Column, ...],
    margins: list[Margin],
    configured: Sequence[LaidOut],
) -> Statement:
    """Return the statement in a configured layout; turnover for the first screen is that of its accounts."""
    accounts = [
        AccountRow(code, name, category, tuple(values), _signs(category, columns))
        for code, name, category, *values in rows
        if any(values)
    ]
    groups, of = laid_out(accounts, configured)
    parts: dict[str, Part] = {each.key: each for each in groups}
    net = result("net_profit", "Profit for the period", of, parts, columns)
    return Statement(columns, (*groups, net, *margins), _group("turnover", "Turnover", rows, len(columns)))


def _signs(category: str, columns: Sequence[Column]) -> tuple[int, ...]:
    """Return how an account counts in the profit; its variance is good or bad for the profit already."""
    sign = 1 if category in INCOME else -1
    return tuple(1 if each.measure == "variance" else sign for each in columns)


def _group(category: str, title: str, rows: Sequence[tuple[Any, ...]], columns: int) -> Group:
    """Return the accounts of a category that have an amount in some column."""
    lines = tuple(
        Line(name, (code,), tuple(values))
        for code, name, of, *values in rows
        if of == category and any(values)
    )
    return Group(category, title, lines, added(tuple(each.values for each in lines), columns))


def columns_of(
    warehouse: Warehouse, company_id: str, period: Period, plan: Budget | None = None
) -> tuple[Column, ...]:
    """Return the columns of the periods that the books hold: the month first, then the year to date.

    A budget that lacks some of the months of a period has no column: it would be less than what is beside it.
    """
    columns = []
    lengths: list[tuple[Length, Days, Days | None]] = [("month", period.month, period.month_before)]
    if period.kind == YEAR_TO_DATE:
        lengths.append(("year", period.days, period.before))
    for length, days, before in lengths:
        columns.append(Column(length, "actual", days))
        if plan and not plan.missing(days):
            columns += [Column(length, "budget", days), Column(length, "variance", days)]
        if before and holds(warehouse, company_id, before):
            columns.append(Column(length, "before", before, _held_since(warehouse, company_id, before)))
    return tuple(columns)


def _held_since(warehouse: Warehouse, company_id: str, days: Days) -> dt.date | None:
    """Return the first of these days that the books hold; None if they hold all months from the first on."""
    held = warehouse.query(
        f"select month_start, month_end from {warehouse.models}.months "
        "where company_id = %s and month_start <= %s order by month_start desc",
        company_id,
        days.end,
    )
    first: dt.date | None = None
    for start, end in held:
        if first is not None and (first - end).days > 1:
            break  # a gap: what is before it is no part of these books, or a date by mistake
        first = start
    return first if first is not None and first > days.start else None


def holds(warehouse: Warehouse, company_id: str, days: Days) -> bool:
    """Tell whether the books have a month in those days."""
    ((number,),) = warehouse.query(
        f"select count(*) from {warehouse.models}.months "
        "where company_id = %s and month_start <= %s and month_end >= %s",
        company_id,
        days.end,
        days.start,
    )
    return bool(number)


def _lines(warehouse: Warehouse, company_id: str, columns: Sequence[Column], plan: Budget | None) -> Query:
    """Return the query of the accounts' amounts.

    Actual amounts are the postings of each column's days with the category's sign. A variance is good for the
    profit where it is positive: more income than in the budget, or less cost.
    """
    posted = [each for each in columns if each.has_documents]
    planned = [each for each in columns if each.measure == "budget"] if plan else []
    edges = [edge for column in posted for edge in (column.days.start, column.days.end)]
    first, last = min(each.days.start for each in posted), max(each.days.end for each in posted)
    actual = ", ".join(
        [
            *(
                "sum(case when postings.posting_date between %s and %s "
                f"then categories.sign * postings.amount else 0 end) as {column.key}"
                for column in posted
            ),
            *(f"0 as {column.key}" for column in planned),
        ]
    )
    sql = f"""
    with actual as (
        select
            postings.nominal_code,
            accounts.name,
            accounts.category,
            {actual}
        from {warehouse.staging}.ledger_postings as postings
        inner join {warehouse.models}.nominal_accounts as accounts
            on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
        inner join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category and categories.statement = 'profit_and_loss'
        where postings.company_id = %s and postings.posting_date between %s and %s
        group by postings.nominal_code, accounts.name, accounts.category
    ),
    """
    parameters: list[Any] = [*edges, company_id, first, last]
    if plan:
        shares = [share_of_days(each.days) for each in planned]
        budgeted = ", ".join(
            [
                *(f"0 as {column.key}" for column in posted),
                *(
                    f"sum({share}) as {column.key}"
                    for (share, _), column in zip(shares, planned, strict=True)
                ),
            ]
        )
        sql += f"""
    budgets as ({plan.sql}),

    budgeted as (
        select
            budgets.nominal_code,
            coalesce(accounts.name, max(budgets.name), budgets.nominal_code) as name,
            coalesce(accounts.category, max(budgets.category)) as category,
            {budgeted}
        from budgets
        left join {warehouse.models}.nominal_accounts as accounts
            on accounts.company_id = %s and budgets.nominal_code = accounts.nominal_code
        group by budgets.nominal_code, accounts.name, accounts.category
    ),
    """
        parameters += [*plan.parameters, *(edge for _, days in shares for edge in days), company_id]
    both = "select * from actual" + (" union all select * from budgeted" if plan else "")
    asked = ", ".join(_amount(each, has_budget=plan is not None) for each in columns)
    sql += f"""
    amounts as ({both}),

    lines as (
        select nominal_code, name, category, {asked}
        from amounts
        group by nominal_code, name, category
    )
    """
    return Query(sql, tuple(parameters))


def _amount(column: Column, *, has_budget: bool) -> str:
    if column.measure == "variance" and has_budget:
        good = "case when category in ('turnover', 'other_income') then 1 else -1 end"
        amount = f"{good} * (sum({column.length}) - sum({column.length}_budget))"
    else:
        amount = f"sum({column.key})"
    return f"cast({amount} as decimal(18, 2)) as {column.key}"


def _margins(warehouse: Warehouse, lines: Query, columns: Sequence[Column]) -> list[Margin]:
    """Return gross and net profit in percent of turnover, to one decimal; the database divides and rounds.

    None where turnover is not positive: a loss of negative turnover would have a positive margin.
    """
    names = {"gross_profit": ("turnover", "cost_of_sales"), "net_profit": tuple(name for name, _ in GROUPS)}
    asked = ", ".join(
        "cast(null as decimal(18, 1))"
        if column.measure == "variance"
        else rounded(
            f"100 * cast({_sum(column.key, categories)} as double precision) "
            f"/ nullif(greatest(cast({_sum(column.key, ('turnover',))} as double precision), 0), 0)",
            1,
        )
        for categories in names.values()
        for column in columns
    )
    (values,) = warehouse.query(f"{lines.sql} select {asked} from lines", *lines.parameters)
    length = len(columns)
    return [
        Margin("gross_margin", "Gross margin", "gross_profit", "turnover", values[:length]),
        Margin("net_margin", "Net margin", "net_profit", "turnover", values[length:]),
    ]


def _sum(column: str, categories: Sequence[str]) -> str:
    listed = ", ".join(f"'{each}'" for each in categories)
    sign = "case when lines.category in ('turnover', 'other_income') then 1 else -1 end"
    return f"sum(case when lines.category in ({listed}) then {sign} * lines.{column} else 0 end)"
