"""Ratios of a company on a day: the database divides and rounds, and each comes with what it is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pendulum
from accbooks_warehouse.pipelines.days import Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.pack.accounts import ControlAccounts
from accbooks_warehouse.pipelines.queries.pack.profit_and_loss import holds
from accbooks_warehouse.pipelines.queries.reporting_period import Period, a_year_before
from accbooks_warehouse.pipelines.queries.sections import rounded

MONTHS_OF_RUNWAY = 3


@dataclass(frozen=True)
class Term:
    """An amount that a ratio is made of, and the accounts whose postings are behind it."""

    label: str
    amount: Decimal


@dataclass(frozen=True)
class Ratio:
    """A ratio on the day of the pack and a year before; None where it cannot be calculated, `why` says so.

    It is the first term, divided by the second, times `times`. The cash runway is divided by how much the
    first is less than the second.
    """

    key: str
    title: str
    formula: str
    unit: Literal["days", "times", "months"]
    now: Decimal | None
    before: Decimal | None
    terms: tuple[Term, ...]
    times: int = 1
    why: str | None = None


@dataclass(frozen=True)
class _Measured:
    days: int
    debtors: Decimal
    creditors: Decimal
    turnover: Decimal
    cost_of_sales: Decimal
    current_assets: Decimal
    current_liabilities: Decimal
    cash: Decimal
    cash_then: Decimal
    debtor_days: Decimal | None
    creditor_days: Decimal | None
    current_ratio: Decimal | None
    runway: Decimal | None


def ratios(
    warehouse: Warehouse, company_id: str, period: Period, control: ControlAccounts
) -> tuple[Ratio, ...]:
    """Return debtor days, creditor days, current ratio and cash runway."""

    def is_held(day: dt.date) -> bool:
        return holds(warehouse, company_id, Days(day, day))

    now = _measured(warehouse, company_id, period.as_at, control)
    before = None
    if holds(warehouse, company_id, period.month_before):
        before = _measured(warehouse, company_id, period.year_before, control)
    return (
        _debtor_days(now, before),
        _creditor_days(now, before),
        _current_ratio(now, before),
        _cash_runway(
            now,
            before if is_held(months_before(period.year_before)) else None,
            goes_back=is_held(months_before(period.as_at)),
        ),
    )


def _debtor_days(now: _Measured, before: _Measured | None) -> Ratio:
    return _days_of(
        "debtor",
        ("turnover", now.turnover, now.days),
        now.debtors,
        (now.debtor_days, before.debtor_days if before else None),
    )


def _creditor_days(now: _Measured, before: _Measured | None) -> Ratio:
    return _days_of(
        "creditor",
        ("cost of sales", now.cost_of_sales, now.days),
        now.creditors,
        (now.creditor_days, before.creditor_days if before else None),
    )


def _days_of(
    party: str, flow: tuple[str, Decimal, int], owed: Decimal, values: tuple[Decimal | None, Decimal | None]
) -> Ratio:
    """Return how many days of a flow, of which there are so much in so many days, are owed now and before."""
    name, amount, days = flow
    of_days = f"{name} of the {days} days to then"
    return Ratio(
        f"{party}_days",
        f"{party.capitalize()} days",
        f"trade {party}s, divided by {of_days}, times {days}",
        "days",
        *values,
        (Term(f"Trade {party}s", owed), Term(of_days.capitalize(), amount)),
        days,
        None if values[0] is not None else f"there is no {name}",
    )


def _current_ratio(now: _Measured, before: _Measured | None) -> Ratio:
    return Ratio(
        "current_ratio",
        "Current ratio",
        "current assets, divided by creditors falling due within one year",
        "times",
        now.current_ratio,
        before.current_ratio if before else None,
        (
            Term("Current assets", now.current_assets),
            Term("Creditors: amounts falling due within one year", now.current_liabilities),
        ),
        why=None if now.current_ratio is not None else "nothing falls due within one year",
    )


def _cash_runway(now: _Measured, before: _Measured | None, *, goes_back: bool) -> Ratio:
    """Return how long the cash lasts; `goes_back` if the books have what it was MONTHS_OF_RUNWAY ago."""
    return Ratio(
        "cash_runway",
        "Cash runway",
        f"cash at bank, divided by its fall in {MONTHS_OF_RUNWAY} months, times {MONTHS_OF_RUNWAY}",
        "months",
        now.runway if goes_back else None,
        before.runway if before else None,
        (
            Term("Cash at bank and in hand", now.cash),
            Term(f"Cash {MONTHS_OF_RUNWAY} months earlier", now.cash_then),
        ),
        MONTHS_OF_RUNWAY,
        _no_runway(now, goes_back=goes_back),
    )


def _no_runway(now: _Measured, *, goes_back: bool) -> str | None:
    if not goes_back:
        return f"the books do not go back {MONTHS_OF_RUNWAY} months"
    if now.runway is not None:
        return None
    return "there is no cash" if now.cash <= 0 else f"cash did not fall in these {MONTHS_OF_RUNWAY} months"


def months_before(day: dt.date) -> dt.date:
    """Return the same day MONTHS_OF_RUNWAY months before, a month-end for a month-end."""
    earlier = pendulum.date(day.year, day.month, 1).subtract(months=MONTHS_OF_RUNWAY)
    last = earlier.end_of("month")
    return last if is_month_end(day) else min(last, earlier.add(days=day.day - 1))


def _measured(warehouse: Warehouse, company_id: str, as_at: dt.date, control: ControlAccounts) -> _Measured:
    """Return the balances of a day, the turnover and costs of the year up to it, and what they come to.

    The year is shorter where the books begin within it.
    """
    ((first,),) = warehouse.query(
        f"select max(start) from (select min(month_start) as start from {warehouse.models}.months "
        "where company_id = %s and month_end > %s union all select cast(%s as date)) as starts",
        company_id,
        a_year_before(as_at),
        a_year_before(as_at) + dt.timedelta(days=1),
    )
    days = (as_at - first).days + 1
    (row,) = warehouse.query(
        f"""
        with banks as (
            select distinct nominal_code from {warehouse.models}.bank_accounts where company_id = %s
        ),

        postings as (
            select
                postings.nominal_code,
                postings.posting_date,
                postings.amount,
                accounts.category,
                categories.sign * postings.amount as signed,
                banks.nominal_code is not null as is_bank
            from {warehouse.staging}.ledger_postings as postings
            inner join {warehouse.models}.nominal_accounts as accounts
                on postings.company_id = accounts.company_id and postings.nominal_code = accounts.nominal_code
            inner join {warehouse.models}.account_categories as categories
                on accounts.category = categories.category
            left join banks on postings.nominal_code = banks.nominal_code
            where postings.company_id = %s and postings.posting_date <= %s
        ),

        sums as (
            select
                sum(case when nominal_code = %s then amount else 0 end) as debtors,
                sum(case when nominal_code = %s then -amount else 0 end) as creditors,
                sum(case when category = 'turnover' and posting_date >= %s then signed else 0 end)
                    as turnover,
                sum(case when category = 'cost_of_sales' and posting_date >= %s then signed else 0 end)
                    as cost_of_sales,
                sum(case when category = 'current_assets' then signed else 0 end) as current_assets,
                sum(case when category = 'current_liabilities' then signed else 0 end) as current_liabilities,
                sum(case when is_bank then amount else 0 end) as cash,
                sum(case when is_bank and posting_date <= %s then amount else 0 end) as cash_then
            from postings
        ),

        amounts as (
            select
                cast(coalesce(debtors, 0) as decimal(18, 2)) as debtors,
                cast(coalesce(creditors, 0) as decimal(18, 2)) as creditors,
                cast(coalesce(turnover, 0) as decimal(18, 2)) as turnover,
                cast(coalesce(cost_of_sales, 0) as decimal(18, 2)) as cost_of_sales,
                cast(coalesce(current_assets, 0) as decimal(18, 2)) as current_assets,
                cast(coalesce(current_liabilities, 0) as decimal(18, 2)) as current_liabilities,
                cast(coalesce(cash, 0) as decimal(18, 2)) as cash,
                cast(coalesce(cash_then, 0) as decimal(18, 2)) as cash_then
            from sums
        )

        select
            amounts.*,
            {_divided("debtors", "turnover", days, 0)},
            {_divided("creditors", "cost_of_sales", days, 0)},
            {_divided("current_assets", "current_liabilities", 1, 2)},
            case
                when cash > 0 and cash < cash_then
                    then {_divided("cash", "cash_then - cash", MONTHS_OF_RUNWAY, 1)}
            end
        from amounts
        """,
        company_id,
        company_id,
        as_at,
        control.debtors,
        control.creditors,
        first,
        first,
        months_before(as_at),
    )
    return _Measured(days, *row)


def _divided(part: str, whole: str, times: int, digits: int) -> str:
    """Return SQL that divides and rounds halves away from zero; null unless the divisor is positive."""
    divided = f"cast({part} as double precision) * {times} / cast({whole} as double precision)"
    return f"case when {whole} > 0 then {rounded(divided, digits)} end"
