"""Profit and loss of the month and of the year to date, of the same days a year before, and of the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.statement import (
    Column,
    Group,
    Line,
    Margin,
    Part,
    Statement,
    added,
    result,
)
from accbooks_warehouse.pipelines.queries.reporting_period import YEAR_TO_DATE, Period

GROUPS = (
    ("turnover", "Turnover"),
    ("cost_of_sales", "Cost of sales"),
    ("other_income", "Other operating income"),
    ("overheads", "Administrative expenses"),
    ("taxation", "Tax on profit"),
)
"""The groups in the order of UK accounts, by the category of their accounts (Companies Act formats, format 1)."""
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


def profit_and_loss(warehouse: Warehouse, company_id: str, period: Period) -> Statement:
    """Return the profit and loss with AccBooks' signs: income and costs are both positive."""
    columns = columns_of(warehouse, company_id, period)
    lines = _lines(warehouse, company_id, columns)
    names = ", ".join(f"lines.{each.key}" for each in columns)
    rows = warehouse.query(
        f"{lines.sql} select lines.nominal_code, lines.name, lines.category, {names} from lines "
        "order by lines.nominal_code",
        *lines.parameters,
    )
    groups = {category: _group(category, title, rows, len(columns)) for category, title in GROUPS}
    parts: dict[str, Part] = {each.key: each for each in groups.values() if each.lines or each.key == "turnover"}
    parts["gross_profit"] = result("gross_profit", "Gross profit", GROSS, parts, columns)
    parts["gross_margin"], net_margin = _margins(warehouse, lines, columns)
    if "taxation" in parts:
        parts["before_tax"] = result("before_tax", "Profit before taxation", BEFORE_TAX, parts, columns)
    of = NET if "taxation" in parts else BEFORE_TAX
    parts["net_profit"] = result("net_profit", "Profit for the period", of, parts, columns)
    parts["net_margin"] = net_margin
    return Statement(columns, tuple(parts[key] for key in ORDER if key in parts))


def _group(category: str, title: str, rows: Sequence[tuple[Any, ...]], columns: int) -> Group:
    """Return the accounts of a category that have an amount in some column."""
    lines = tuple(
        Line(name, (code,), tuple(values)) for code, name, of, *values in rows if of == category and any(values)
    )
    return Group(category, title, lines, added(tuple(each.values for each in lines), columns))


def columns_of(warehouse: Warehouse, company_id: str, period: Period) -> tuple[Column, ...]:
    """Return the columns of the periods that the books hold: the month first, then the year to date."""
    columns = [Column("month", "actual", period.month)]
    if holds(warehouse, company_id, period.month_before):
        columns.append(Column("month", "before", period.month_before))
    if period.kind == YEAR_TO_DATE:
        columns.append(Column("year", "actual", period.days))
        if period.before and holds(warehouse, company_id, period.before):
            columns.append(Column("year", "before", period.before))
    return tuple(columns)


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


def _lines(warehouse: Warehouse, company_id: str, columns: Sequence[Column]) -> Query:
    """Return the query of the accounts' amounts: the postings of each column's days, with the category's sign."""
    of_columns = [
        f"cast(coalesce(sum(case when postings.posting_date between %s and %s then categories.sign * postings.amount "
        f"end), 0) as decimal(18, 2)) as {column.key}"
        for column in columns
    ]
    sql = f"""
    with lines as (
        select
            postings.nominal_code,
            accounts.name,
            accounts.category,
            {", ".join(of_columns)}
        from {warehouse.staging}.ledger_postings as postings
        inner join {warehouse.models}.nominal_accounts as accounts
            on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
        inner join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category and categories.statement = 'profit_and_loss'
        where postings.company_id = %s and postings.posting_date between %s and %s
        group by postings.nominal_code, accounts.name, accounts.category
    )
    """
    first, last = min(each.days.start for each in columns), max(each.days.end for each in columns)
    edges = [edge for column in columns for edge in (column.days.start, column.days.end)]
    return Query(sql, (*edges, company_id, first, last))


def _margins(warehouse: Warehouse, lines: Query, columns: Sequence[Column]) -> list[Margin]:
    """Return gross and net profit in percent of turnover, to one decimal; the database divides and rounds."""
    names = {"gross_profit": ("turnover", "cost_of_sales"), "net_profit": tuple(name for name, _ in GROUPS)}
    asked = ", ".join(
        f"cast(100 * cast({_sum(column.key, categories)} as double precision) "
        f"/ nullif(cast({_sum(column.key, ('turnover',))} as double precision), 0) as decimal(18, 1))"
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
