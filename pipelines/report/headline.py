"""What the first screen says besides the verdict: the period and four key figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.days import day, month, short_day, span
from accbooks_warehouse.pipelines.queries.figures import Books
from accbooks_warehouse.pipelines.queries.pack.statement import Statement
from accbooks_warehouse.pipelines.queries.reporting_period import MONTH
from accbooks_warehouse.pipelines.report.words import compared, in_brackets, money, months

NO_LAST_YEAR = "the books do not go back a year"


@dataclass(frozen=True)
class KeyFigure:
    """A figure in large type, its pence small, and what to compare it with."""

    label: str
    whole: str
    pence: str
    note: str
    href: str


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
    length = "year" if statement.has("year") else "month"
    turnover, profit = statement.value("turnover", length), statement.value("net_profit", length)
    owed, payable = books.receivables.total, books.payables.total.total
    net_assets = in_brackets(books.balance_sheet.value("net_assets", "balance"), currency)
    overdue = f"{in_brackets(owed.overdue, currency)} of it overdue; we owe {in_brackets(payable, currency)}"
    return (
        _key("Turnover", turnover, currency, _beside("turnover", statement, length, currency), "#profit"),
        _key(
            "Profit" if profit >= 0 else "Loss",
            abs(profit),
            currency,
            _beside("net_profit", statement, length, currency),
            "#profit",
        ),
        _key("Cash at bank", books.cash.total, currency, f"net assets {net_assets}", "#cash"),
        _key("Owed to us", owed.total, currency, overdue, "#debts"),
    )


def _beside(part: str, statement: Statement, length: str, currency: str | None) -> str:
    """Set a figure beside last year's; no percentage is of a year that the books hold in part."""
    column = statement.column(f"{length}_before")
    if column is None:
        return NO_LAST_YEAR
    now, before = statement.value(part, length), statement.value(part, column.key)
    if column.held_since is not None:
        return f"{in_brackets(before, currency)} a year before, from {short_day(column.held_since)}"
    return (
        _against_last_year(now, before, currency) if part == "net_profit" else compared(now, before, currency)
    )


def _against_last_year(now: Decimal, before: Decimal, currency: str | None) -> str:
    """Set a profit or loss beside last year's; a percentage only says something between two profits."""
    if before < 0:
        return f"after a loss of {in_brackets(-before, currency)} a year before"
    if now < 0 < before:
        return f"after a profit of {in_brackets(before, currency)} a year before"
    return compared(now, before, currency)


def _key(label: str, amount: Decimal, currency: str | None, note: str, href: str) -> KeyFigure:
    return KeyFigure(label, *money(amount, currency), note, href)
