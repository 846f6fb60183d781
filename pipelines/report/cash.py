"""Cash: what the bank accounts hold, day by day, and where it came from and went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.destinations import Warehouse
from pipelines.report.period import Period
from pipelines.report.statement import ZERO, Kind, Row

OPENING, CLOSING = "opening_cash", "closing_cash"
HEADINGS = {
    "operating": "Operating activities",
    "investing": "Investing activities",
    "financing": "Financing activities",
}
RESULTS = {
    "net_change": "Net change in cash",
    OPENING: "Cash at the beginning",
    CLOSING: "Cash at the end",
}


@dataclass(frozen=True)
class Balance:
    """What all bank accounts together held at the end of a day, in base currency."""

    day: dt.date
    amount: Decimal


@dataclass(frozen=True)
class BankAccount:
    """What one bank account held at the end of the period, in its currency and in base currency.

    `in_currency` is None where a posting does not tell its amount in that currency.
    """

    name: str
    nominal_code: str
    currency: str
    in_currency: Decimal | None
    amount: Decimal


@dataclass(frozen=True)
class Cash:
    """Bank accounts, their balances by day, and the cash flow.

    Where the books do not go back a year, `has_last_year` is false, and last year's flow is nothing.
    """

    accounts: tuple[BankAccount, ...]
    balances: tuple[Balance, ...]
    flow: tuple[Row, ...]
    has_last_year: bool

    @property
    def total(self) -> Decimal:
        """Return what all accounts hold, in base currency."""
        return sum((account.amount for account in self.accounts), ZERO)


def cash(warehouse: Warehouse, company_id: str, period: Period) -> Cash:
    """Return the cash at the end of the period, and how it came to that."""
    lines = flow_lines(warehouse, company_id, period)
    return Cash(
        tuple(accounts(warehouse, company_id, period)),
        tuple(balances(warehouse, company_id, period)),
        tuple(flow_rows(lines)),
        has_last_year=any(not line.is_now for line in lines),
    )


def accounts(warehouse: Warehouse, company_id: str, period: Period) -> list[BankAccount]:
    """Return the bank accounts; those that hold nothing, and are retired, are left out."""
    rows = warehouse.query(
        f"""
        select accounts.name, held.nominal_code, held.currency, held.balance_in_currency, held.balance
        from {warehouse.models}.bank_balances as held
        left join {warehouse.models}.bank_accounts as accounts
            on held.company_id = accounts.company_id and held.bank_account_id = accounts.bank_account_id
        where held.company_id = %s and held.balance_date = %s and (held.balance <> 0 or accounts.is_active)
        order by held.nominal_code, held.bank_account_id
        """,
        company_id,
        period.as_at,
    )
    return [BankAccount(name or f"Account {code}", code, *rest) for name, code, *rest in rows]


def balances(warehouse: Warehouse, company_id: str, period: Period) -> list[Balance]:
    """Return what all accounts together held, day by day."""
    rows = warehouse.query(
        f"select balance_date, sum(balance) from {warehouse.models}.bank_balances "
        "where company_id = %s and balance_date between %s and %s group by balance_date order by 1",
        company_id,
        period.charted_from,
        period.as_at,
    )
    return [Balance(day, amount) for day, amount in rows]


@dataclass(frozen=True)
class FlowLine:
    """A line of the cash flow of a month; `is_now` tells the period from the one a year before."""

    section: str
    label: str
    number: int
    month: dt.date
    amount: Decimal
    is_now: bool


def flow_lines(warehouse: Warehouse, company_id: str, period: Period) -> list[FlowLine]:
    """Return the lines of the months of the period, and of those a year before."""
    rows = warehouse.query(
        f"select section, line, line_number, period_start, amount from {warehouse.models}.cash_flow "
        "where company_id = %s and (period_start >= %s and period_end <= %s "
        "or period_start >= %s and period_end <= %s) order by line_number, period_start",
        company_id,
        period.first_month,
        period.as_at,
        period.first_month_before,
        period.year_before,
    )
    return [
        FlowLine(section, line, number, month, amount, is_now=month >= period.first_month)
        for section, line, number, month, amount in rows
    ]


def flow_rows(lines: Sequence[FlowLine]) -> Iterable[Row]:
    """Yield the cash flow as it is printed: the months added up, but cash from the first and the last."""
    for name, heading in HEADINGS.items():
        mine = [line for line in lines if line.section == name]
        rows = [row for row in _by_label(mine) if row.now or row.before]
        if rows:
            yield Row("heading", heading)
            yield from rows
            total = f"Cash from {heading.lower()}"
            yield Row("total", total, _added(mine, is_now=True), _added(mine, is_now=False))
    for name, label in RESULTS.items():
        mine = [line for line in lines if line.section == name]
        if mine:
            taken = {OPENING: _first, CLOSING: _last}.get(name, _added)
            kind: Kind = "line" if name == OPENING else "result"
            yield Row(kind, label, taken(mine, is_now=True), taken(mine, is_now=False))


def _by_label(lines: Sequence[FlowLine]) -> Iterable[Row]:
    for label in dict.fromkeys(line.label for line in lines):
        mine = [line for line in lines if line.label == label]
        yield Row("line", label, _added(mine, is_now=True), _added(mine, is_now=False))


def _added(lines: Iterable[FlowLine], *, is_now: bool) -> Decimal:
    return sum((line.amount for line in lines if line.is_now is is_now), ZERO)


def _first(lines: Iterable[FlowLine], *, is_now: bool) -> Decimal:
    return next((line.amount for line in lines if line.is_now is is_now), ZERO)


def _last(lines: Sequence[FlowLine], *, is_now: bool) -> Decimal:
    return _first(list(reversed(lines)), is_now=is_now)
