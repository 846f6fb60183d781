"""Balances of a company's nominal accounts: in AccBooks' trial balances, and in ours on any day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders

Lines = dict[dt.date, list[tuple[str, Decimal]]]
"""Accounts and debit less credit by date, in pounds and pence; an account may be there twice."""


@dataclass(frozen=True)
class Movement:
    """What an account moved by until a day: of it in earlier financial years, and in all."""

    nominal_code: str
    earlier_years: Decimal
    total: Decimal


def account_categories(warehouse: Warehouse, company_id: str) -> dict[str, str | None]:
    """Return the category of each account that the books name; None if AccBooks gave none."""
    return dict(
        warehouse.query(
            f"select nominal_code, category from {warehouse.models}.nominal_accounts where company_id = %s",
            company_id,
        )
    )


def reported_balances(warehouse: Warehouse, company_id: str, dates: Collection[dt.date]) -> Lines:
    """Return AccBooks' balances on these dates, as far as its trial balances are loaded."""
    return _lines(
        warehouse,
        f"select as_at, nominal_code, sum(debit) - sum(credit) from {warehouse.raw}.trial_balance",
        company_id,
        dates,
        "group by as_at, nominal_code",
    )


def month_end_balances(warehouse: Warehouse, company_id: str, dates: Collection[dt.date]) -> Lines:
    """Return our balances on those of these dates that end a month of the models.

    The models leave out long empty stretches. A month-end without balances is there, with no accounts.
    """
    if not dates:
        return {}
    rows = warehouse.query(
        f"select month_end from {warehouse.models}.months "
        f"where company_id = %s and month_end in ({placeholders(list(dates))})",
        company_id,
        *dates,
    )
    ends: Lines = {end: [] for (end,) in rows}
    select = f"select as_at, nominal_code, debit - credit from {warehouse.models}.trial_balance"
    return ends | _lines(warehouse, select, company_id, ends)


def movements_until(
    warehouse: Warehouse, company_id: str, day: dt.date, last_year_end: dt.date
) -> list[Movement]:
    """Return what each account moved by until a day: all earlier months, and this month's postings."""
    rows = warehouse.query(
        f"""
        select nominal_code, sum(case when day <= %s then amount else 0 end), sum(amount)
        from (
            select nominal_code, period_start as day, debit - credit as amount
            from {warehouse.staging}.period_movements
            where company_id = %s and month_start < %s
            union all
            select nominal_code, posting_date as day, amount
            from {warehouse.staging}.ledger_postings
            where company_id = %s and posting_date between %s and %s
        ) as movements
        group by nominal_code
        """,
        last_year_end,
        company_id,
        day.replace(day=1),
        company_id,
        day.replace(day=1),
        day,
    )
    return [Movement(*row) for row in rows]


def _lines(
    warehouse: Warehouse, select: str, company_id: str, dates: Collection[dt.date], tail: str = ""
) -> Lines:
    if not dates:
        return {}
    rows = warehouse.query(
        f"{select} where company_id = %s and as_at in ({placeholders(list(dates))}) {tail}",
        company_id,
        *dates,
    )
    found: defaultdict[dt.date, list[tuple[str, Decimal]]] = defaultdict(list)
    for date, code, amount in rows:
        found[date].append((code, amount))
    return dict(found)
