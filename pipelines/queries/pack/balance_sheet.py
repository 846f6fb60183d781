"""The balance sheet at any day, beside that of the same day a year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.accounts import ControlAccounts
from accbooks_warehouse.pipelines.queries.pack.layout import AccountRow, LaidOut, laid_out, layout
from accbooks_warehouse.pipelines.queries.pack.profit_and_loss import holds
from accbooks_warehouse.pipelines.queries.pack.statement import (
    Column,
    Group,
    Line,
    Part,
    Statement,
    added,
    result,
)
from accbooks_warehouse.pipelines.queries.reporting_period import Period

GROUPS = (
    ("fixed_assets", "Fixed assets"),
    ("current_assets", "Current assets"),
    ("current_liabilities", "Creditors: amounts falling due within one year"),
    ("long_term_liabilities", "Creditors: amounts falling due after more than one year"),
    ("capital_and_reserves", "Capital and reserves"),
)
"""The groups in the order of UK accounts (Companies Act, format 1), by the category of their accounts."""
TRADE_DEBTORS, TRADE_CREDITORS, CASH = "Trade debtors", "Trade creditors", "Cash at bank and in hand"
EARNINGS = "Profit for the financial year"
CURRENT_ASSETS = "current_assets"
CAPITAL = "capital_and_reserves"
ADDS = frozenset({"fixed_assets", "current_assets", CAPITAL})
"""The categories that add to net assets, and capital itself."""
RESULTS = (
    ("net_current_assets", "Net current assets", ((1, "current_assets"), (-1, "current_liabilities"))),
    (
        "total_less_current",
        "Total assets less current liabilities",
        ((1, "fixed_assets"), (1, "net_current_assets")),
    ),
    ("net_assets", "Net assets", ((1, "total_less_current"), (-1, "long_term_liabilities"))),
)
ORDER = (
    "fixed_assets",
    "current_assets",
    "current_liabilities",
    "net_current_assets",
    "total_less_current",
    "long_term_liabilities",
    "net_assets",
    "capital_and_reserves",
)
"""The parts in the order they are printed."""


def balance_sheet(
    warehouse: Warehouse, company_id: str, period: Period, control: ControlAccounts
) -> Statement:
    """Return the balance sheet at the end of the period, with AccBooks' signs: all groups are positive."""
    columns = [Column("balance", "actual", Days(period.days.start, period.as_at))]
    if holds(warehouse, company_id, period.month_before):
        columns.append(Column("balance", "before", Days(period.month_before.start, period.year_before)))
    rows = [row[: 4 + len(columns)] for row in _balances(warehouse, company_id, period, control)]
    placed = tuple(columns)
    configured = layout(warehouse, "balance_sheet")
    return _laid_out(rows, placed, configured) if configured else _default(rows, placed, control)


def _default(
    rows: Sequence[tuple[Any, ...]], columns: tuple[Column, ...], control: ControlAccounts
) -> Statement:
    """Return the balance sheet in the order of UK accounts."""
    groups = [_group(category, title, rows, len(columns), control) for category, title in GROUPS]
    parts: dict[str, Part] = {each.key: each for each in groups if each.lines or each.key == CAPITAL}
    for key, title, of in RESULTS:
        parts[key] = result(key, title, of, parts, columns)
    return Statement(columns, tuple(parts[key] for key in ORDER if key in parts))


def _laid_out(
    rows: Sequence[tuple[Any, ...]], columns: tuple[Column, ...], configured: Sequence[LaidOut]
) -> Statement:
    """Return the balance sheet in a configured layout: assets and liabilities first, capital after them."""
    accounts = [
        AccountRow(code, name, category, tuple(values), (1 if category in ADDS else -1,) * len(columns))
        for code, name, category, _, *values in rows
        if any(values)
    ]
    net, net_of = laid_out([each for each in accounts if each.category != CAPITAL], configured)
    capital, _ = laid_out([each for each in accounts if each.category == CAPITAL], configured)
    capital = tuple(replace(each, key=f"capital_{each.key}") for each in capital)
    parts: dict[str, Part] = {each.key: each for each in (*net, *capital)}
    net_assets = result("net_assets", "Net assets", net_of, parts, columns)
    of_capital = tuple((1, each.key) for each in capital)
    total = result(CAPITAL, "Total capital and reserves", of_capital, parts, columns)
    return Statement(columns, (*net, net_assets, *capital, total))


def difference(sheet: Statement) -> Decimal:
    """Return by how much it does not balance: zero, unless an account has no category."""
    return sheet.value("net_assets", "balance") - sheet.value("capital_and_reserves", "balance")


def _balances(
    warehouse: Warehouse, company_id: str, period: Period, control: ControlAccounts
) -> list[tuple[Any, ...]]:
    """Return code, name, category, whether it is a bank account, and the balance now and a year before.

    Profit of years that ended before the day is in retained earnings, that of the year of the day is a row
    without a code, as in the model balance_sheet.
    """
    signed = "coalesce(categories.sign, -1) * moved.amount"
    return warehouse.query(
        f"""
        with days as (
            select 'now' as which, cast(%s as date) as as_at
            union all
            select 'before' as which, cast(%s as date) as as_at
        ),

        dates as (
            select
                days.which,
                days.as_at,
                coalesce(max(years.financial_year_start), cast('0001-01-01' as date)) as year_start
            from days
            left join {warehouse.models}.financial_years as years
                on
                    years.company_id = %s
                    and years.is_year_end_known
                    and years.financial_year_start <= days.as_at
            group by days.which, days.as_at
        ),

        accounts as (
            select
                accounts.company_id,
                accounts.nominal_code,
                categories.statement
            from {warehouse.models}.nominal_accounts as accounts
            inner join {warehouse.models}.account_categories as categories
                on accounts.category = categories.category
        ),

        moved as (
            select
                dates.which,
                case
                    when accounts.statement = 'balance_sheet' then postings.nominal_code
                    when postings.posting_date < dates.year_start then cast(%s as varchar)
                end as nominal_code,
                sum(postings.amount) as amount
            from {warehouse.staging}.ledger_postings as postings
            inner join dates on postings.posting_date <= dates.as_at
            inner join accounts
                on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
            where postings.company_id = %s
            group by 1, 2
        ),

        banks as (
            select distinct nominal_code from {warehouse.models}.bank_accounts where company_id = %s
        )

        select
            moved.nominal_code,
            coalesce(accounts.name, moved.nominal_code),
            coalesce(categories.category, 'capital_and_reserves'),
            max(case when banks.nominal_code is null then 0 else 1 end),
            cast(sum(case when moved.which = 'now' then {signed} else 0 end) as decimal(18, 2)),
            cast(sum(case when moved.which = 'before' then {signed} else 0 end) as decimal(18, 2))
        from moved
        left join {warehouse.models}.nominal_accounts as accounts
            on accounts.company_id = %s and moved.nominal_code = accounts.nominal_code
        left join {warehouse.models}.account_categories as categories
            on accounts.category = categories.category
        left join banks on moved.nominal_code = banks.nominal_code
        group by moved.nominal_code, accounts.name, categories.category
        order by case when moved.nominal_code is null then 1 else 0 end, moved.nominal_code
        """,
        period.as_at,
        period.year_before,
        company_id,
        control.retained,
        company_id,
        company_id,
        company_id,
    )


def _group(
    category: str, title: str, rows: Sequence[tuple[Any, ...]], columns: int, control: ControlAccounts
) -> Group:
    """Return the accounts of a category that have a balance.

    Bank accounts among the current assets are one line, the last. A credit card among the creditors is no
    cash, and keeps its name.
    """
    mine = [row for row in rows if row[2] == category and any(row[4:])]
    banks = [row for row in mine if row[3]] if category == CURRENT_ASSETS else []
    lines = [Line(_label(row, control), (row[0],), tuple(row[4:])) for row in mine if row not in banks]
    if banks:
        total = added(tuple(tuple(row[4:]) for row in banks), columns)
        lines.append(Line(CASH, tuple(row[0] for row in banks), total))
    return Group(category, title, tuple(lines), added(tuple(each.values for each in lines), columns))


def _label(row: tuple[Any, ...], control: ControlAccounts) -> str:
    code: str | None = row[0]
    name: str = row[1]
    return {control.debtors: TRADE_DEBTORS, control.creditors: TRADE_CREDITORS, None: EARNINGS}.get(
        code, name
    )
