"""Cash: what the bank accounts hold, day by day, and where it came from and went."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.report.period import Period
from accbooks_warehouse.pipelines.report.statement import ZERO, Kind, Row

CHANGE, OPENING, CLOSING = "net_change", "opening_cash", "closing_cash"
HEADINGS = {
    "operating": "Operating activities",
    "investing": "Investing activities",
    "financing": "Financing activities",
}
RESULTS = {
    CHANGE: "Net change in cash",
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
    now = flow(lines, period.days)
    before = [] if period.before is None else flow(lines, period.before)
    return Cash(
        tuple(accounts(warehouse, company_id, period)),
        tuple(balances(warehouse, company_id, period)),
        tuple(flow_rows(now, before)),
        has_last_year=bool(before),
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
    """A line of the cash flow statement of a month, or of a financial year, that ends on a day."""

    section: str
    label: str
    end: dt.date
    amount: Decimal


@dataclass(frozen=True)
class FlowLines:
    """The lines of every month, and of every financial year where some are asked for that ends within one."""

    months: tuple[FlowLine, ...]
    years: tuple[FlowLine, ...]

    def of_periods_that_end_on(self, day: dt.date) -> tuple[FlowLine, ...]:
        """Return the lines of the periods of which one ends on a day: all up to it add up to everything."""
        return self.months if is_month_end(day) else self.years


def flow_lines(warehouse: Warehouse, company_id: str, period: Period) -> FlowLines:
    """Return the lines that the cash flow of a period is reckoned from."""
    edges = [edge for days in (period.days, period.before) if days for edge in (days.day_before, days.end)]
    by_month = _held(warehouse, company_id, "cash_flow")
    if all(is_month_end(edge) for edge in edges):
        return FlowLines(by_month, ())
    return FlowLines(by_month, _held(warehouse, company_id, "cash_flow_by_financial_year"))


def _held(warehouse: Warehouse, company_id: str, model: str) -> tuple[FlowLine, ...]:
    rows = warehouse.query(
        f"select section, line, period_end, amount from {warehouse.models}.{model} "
        "where company_id = %s order by line_number, period_end",
        company_id,
    )
    return tuple(FlowLine(*row) for row in rows)


def flow(lines: FlowLines, days: Days) -> list[FlowLine]:
    """Return the cash flow of days between two month-ends or year ends; nothing where the books begin later.

    It is everything up to their end, less everything up to their eve.
    """
    until = [line for line in lines.of_periods_that_end_on(days.end) if line.end <= days.end]
    before = [line for line in lines.of_periods_that_end_on(days.day_before) if line.end <= days.day_before]
    closing = sum((line.amount for line in until if (line.section, line.end) == (CLOSING, days.end)), ZERO)
    if not any(line.end == days.end for line in until):
        return []
    amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in until:
        amounts[line.section, line.label] += line.amount
    for line in before:
        amounts[line.section, line.label] -= line.amount
    flows = [
        FlowLine(section, label, days.end, amount)
        for (section, label), amount in amounts.items()
        if section not in {OPENING, CLOSING}
    ]
    change = sum((line.amount for line in flows if line.section == CHANGE), ZERO)
    return [
        *flows,
        FlowLine(OPENING, RESULTS[OPENING], days.end, closing - change),
        FlowLine(CLOSING, RESULTS[CLOSING], days.end, closing),
    ]


def flow_rows(now: Sequence[FlowLine], before: Sequence[FlowLine]) -> Iterable[Row]:
    """Yield the cash flow as it is printed; lines that are at nothing in both years are left out."""
    for name, heading in HEADINGS.items():
        mine, others = ([line for line in lines if line.section == name] for lines in (now, before))
        rows = [row for row in _by_label(mine, others) if row.now or row.before]
        if rows:
            yield Row("heading", heading)
            yield from rows
            yield Row("total", f"Cash from {heading.lower()}", _added(mine), _added(others))
    for name, label in RESULTS.items():
        mine, others = ([line for line in lines if line.section == name] for lines in (now, before))
        if mine or others:
            kind: Kind = "line" if name == OPENING else "result"
            yield Row(kind, label, _added(mine), _added(others))


def _by_label(now: Sequence[FlowLine], before: Sequence[FlowLine]) -> Iterable[Row]:
    for label in dict.fromkeys(line.label for line in (*now, *before)):
        mine, others = ([line for line in lines if line.label == label] for lines in (now, before))
        yield Row("line", label, _added(mine), _added(others))


def _added(lines: Iterable[FlowLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
