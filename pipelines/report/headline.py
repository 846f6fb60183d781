"""What the first screen says besides the verdict: the period and four key figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import day, month, span
from accbooks_warehouse.pipelines.queries.figures import Books
from accbooks_warehouse.pipelines.queries.reporting_period import MONTH
from accbooks_warehouse.pipelines.queries.sections import Amounts
from accbooks_warehouse.pipelines.report.words import compared, in_brackets, money, months

NO_LAST_YEAR = "the books do not go back a year"


@dataclass(frozen=True)
class KeyFigure:
    """A figure in large type, its pence small, and what to compare it with."""

    label: str
    whole: str
    pence: str
    note: str


def period_title(books: Books) -> str:
    """Say what days the report covers."""
    period = books.period
    if period.kind == MONTH:
        return f"{month(period.as_at)}; the financial year end is not known"
    number = period.days.months
    title = span(period.days) if number is None else f"{months(number)} to {day(period.as_at)}"
    return title if period.is_over else f"{title}, which is not over yet"


def key_figures(books: Books, currency: str | None) -> tuple[KeyFigure, ...]:
    """Return turnover, profit, cash and what customers owe."""
    statement = books.profit_and_loss
    turnover, profit = statement.turnover, statement.net_profit
    owed, payable = books.receivables.total, books.payables.total.total
    net_assets = in_brackets(books.balance_sheet.net_assets.now, currency)
    overdue = f"{in_brackets(owed.overdue, currency)} of it overdue; we owe {in_brackets(payable, currency)}"
    return (
        _key(
            "Turnover",
            turnover.now,
            currency,
            compared(turnover.now, turnover.before, currency) if statement.has_last_year else NO_LAST_YEAR,
        ),
        _key(
            "Net profit" if profit.now >= 0 else "Net loss",
            abs(profit.now),
            currency,
            _against_last_year(profit, currency) if statement.has_last_year else NO_LAST_YEAR,
        ),
        _key("Cash at bank", books.cash.total, currency, f"net assets {net_assets}"),
        _key("Owed to us", owed.total, currency, overdue),
    )


def _against_last_year(profit: Amounts, currency: str | None) -> str:
    """Set a profit or loss beside last year's; a percentage only says something between two profits."""
    if profit.before < 0:
        return f"after a loss of {in_brackets(-profit.before, currency)} a year before"
    if profit.now < 0 < profit.before:
        return f"after a profit of {in_brackets(profit.before, currency)} a year before"
    return compared(profit.now, profit.before, currency)


def _key(label: str, amount: Decimal, currency: str | None, note: str) -> KeyFigure:
    return KeyFigure(label, *money(amount, currency), note)
