"""The budget of a company: the one that is loaded from the configured file, or one given for a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import RAW, Warehouse
from accbooks_warehouse.pipelines.queries.sections import rounded

TABLE, FILES = "budgets", "configured_files"


@dataclass(frozen=True)
class BudgetRow:
    """The budget of an account in a month, with AccBooks' signs: income and costs are both positive.

    `category` and `name` are those of an account that the books do not have yet.
    """

    company_id: str
    nominal_code: str
    month: dt.date
    amount: Decimal
    category: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Budget:
    """Where a company's budget comes from, and SQL with its rows: code, month, amount, category and name.

    `months` are the first days of the months that have a row.
    """

    source: str
    sql: str
    parameters: tuple[Any, ...]
    months: frozenset[dt.date]

    def missing(self, days: Days) -> tuple[dt.date, ...]:
        """Return the first days of the months that have some of the days and no row, in order."""
        months, first = [], days.start.replace(day=1)
        while first <= days.end:
            months.append(first)
            first = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        return tuple(each for each in months if each not in self.months)


def budget(
    warehouse: Warehouse, company_id: str, days: Days, given: tuple[str, Sequence[BudgetRow]] | None
) -> Budget | None:
    """Return the budget of the months that have some of the days; None if there is no row.

    `given` is a file's name and its rows; without it, those that a sync loaded are taken.
    """
    first = days.start.replace(day=1)
    if given is not None:
        source, rows = given
        mine = [each for each in rows if each.company_id == company_id and first <= each.month <= days.end]
        return _of_rows(source, mine) if mine else None
    if not warehouse.has_table(RAW, TABLE):
        return None
    sql = (
        f"select nominal_code, month, amount, category, name from {warehouse.raw}.{TABLE} "
        "where company_id = %s and month between %s and %s"
    )
    parameters = (company_id, first, days.end)
    found = warehouse.query(f"select distinct month from ({sql}) as rows_of_days", *parameters)
    months = frozenset(month for (month,) in found)
    return Budget(_configured(warehouse), sql, parameters, months) if months else None


def _configured(warehouse: Warehouse) -> str:
    """Return what the configured file is: what a sync could not load since leaves the last good version."""
    if not warehouse.has_table(RAW, FILES):
        return "the configured file"
    rows = warehouse.query(f"select fault from {warehouse.raw}.{FILES} where file = %s", TABLE)
    if any(fault for (fault,) in rows):
        return (
            "the last good version of the configured file, which could not be loaded since; accbooks sync "
            "says why"
        )
    return "the configured file"


def _of_rows(source: str, rows: Sequence[BudgetRow]) -> Budget:
    marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
    sql = (
        "select cast(code as varchar) as nominal_code, cast(month as date) as month, "
        "cast(amount as decimal(18, 2)) as amount, cast(category as varchar) as category, "
        f"cast(name as varchar) as name from (values {marks}) as given (code, month, amount, category, name)"
    )
    values = [(each.nominal_code, each.month, each.amount, each.category, each.name) for each in rows]
    parameters = tuple(part for row in values for part in row)
    return Budget(source, sql, parameters, frozenset(each.month for each in rows))


def share_of_days(days: Days) -> tuple[str, list[Any]]:
    """Return SQL of what of a month's budget is for some days, rounded to the penny, and its parameters.

    A month that lies within them counts in full; of another, each of its days has the same share.
    """
    month_end = "(cast(budgets.month + interval '1 month' as date) - 1)"
    overlap = f"(least({month_end}, cast(%s as date)) - greatest(budgets.month, cast(%s as date)) + 1)"
    length = f"({month_end} - budgets.month + 1)"
    sql = (
        f"case when {overlap} <= 0 then 0 when {overlap} = {length} then budgets.amount "
        f"else {rounded(f'cast(budgets.amount as double precision) * {overlap} / {length}', 2)} end"
    )
    return sql, [days.end, days.start] * 3
