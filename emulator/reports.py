"""Trial balance, profit and loss, and balance sheet at any date or range, from the ledger's sums."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.chart import (
    BALANCE_SHEET,
    CATEGORY_NAMES,
    CREDIT_CATEGORIES,
    PROFIT_AND_LOSS,
    RETAINED,
    Account,
)
from accbooks_warehouse.emulator.money import money
from accbooks_warehouse.emulator.rendering import Record
from accbooks_warehouse.emulator.years import year_start

Balances = list[tuple[Account, int]]


def trial_balance(books: Books, as_at: date, generated_at: str, *, zeros: bool = False) -> Record:
    """Return the trial balance at the end of `as_at`; debits and credits are net, one of them zero.

    Profit-and-loss accounts have the balance of the financial year of `as_at`; 3200 has the profit of earlier
    years (assumed).
    """
    sheet, profits = _balances(books, as_at, zeros=zeros)
    lines: list[dict[str, Any]] = [
        {
            "nominal_code": account.code,
            "name": account.name,
            "category": account.category,
            "debit": money(max(amount, 0)),
            "credit": money(max(-amount, 0)),
        }
        for account, amount in sorted(sheet + profits, key=lambda balance: balance[0].code)
    ]
    dates = {"as_at": as_at.isoformat()}
    return _heading("trial-balance", books, dates, generated_at) | {
        "lines": lines,
        "total_debit": sum((line["debit"] for line in lines), money(0)),
        "total_credit": sum((line["credit"] for line in lines), money(0)),
    }


def profit_and_loss(
    books: Books, first: date, last: date, generated_at: str, *, zeros: bool = False
) -> Record:
    """Return profit and loss from `first` to `last`, both included; income and costs are both positive."""
    sums = books.ledger.movement(first.isoformat(), last.isoformat())
    balances = _of(books, sums, PROFIT_AND_LOSS, zeros=zeros)
    totals = {category: _total(balances, category) for category in PROFIT_AND_LOSS}
    gross = totals["turnover"] - totals["cost_of_sales"]
    dates = {"from": first.isoformat(), "to": last.isoformat()}
    return _heading("profit-loss", books, dates, generated_at) | {
        "sections": _sections(balances, PROFIT_AND_LOSS),
        "gross_profit": money(gross),
        "net_profit": money(gross + totals["other_income"] - totals["overheads"] - totals["taxation"]),
    }


def balance_sheet(books: Books, as_at: date, generated_at: str, *, zeros: bool = False) -> Record:
    """Return the balance sheet at the end of `as_at`; assets, liabilities and capital are positive.

    Capital and reserves include earlier years' profit in 3200, and this year's on a line without a code
    (assumed).
    """
    balances, profits = _balances(books, as_at, zeros=zeros)
    earnings = Account("", "Current year earnings", "capital_and_reserves")
    balances.append((earnings, sum(amount for _, amount in profits)))
    totals = {category: _total(balances, category) for category in BALANCE_SHEET}
    assets = totals["fixed_assets"] + totals["current_assets"]
    dates = {"as_at": as_at.isoformat()}
    return _heading("balance-sheet", books, dates, generated_at) | {
        "sections": _sections(balances, BALANCE_SHEET),
        "net_assets": money(assets - totals["current_liabilities"] - totals["long_term_liabilities"]),
        "total_capital_and_reserves": money(totals["capital_and_reserves"]),
    }


def _balances(books: Books, as_at: date, *, zeros: bool) -> tuple[Balances, Balances]:
    """Return balances at `as_at`: those of the balance sheet, and those of this year's profit and loss."""
    start = year_start(as_at, books.company["financial_year_end"])
    with books.lock:
        whole = books.ledger.movement(None, as_at.isoformat())
        year = books.ledger.movement(start.isoformat(), as_at.isoformat())
        earlier = books.ledger.movement(None, (start - timedelta(days=1)).isoformat())
    whole[RETAINED] += sum(amount for _, amount in _of(books, earlier, PROFIT_AND_LOSS, zeros=False))
    return _of(books, whole, BALANCE_SHEET, zeros=zeros), _of(books, year, PROFIT_AND_LOSS, zeros=zeros)


def _of(books: Books, sums: Mapping[str, int], categories: Iterable[str], *, zeros: bool) -> Balances:
    accounts = (
        (books.chart.account(code), amount) for code, amount in sorted(sums.items()) if amount or zeros
    )
    return [(account, amount) for account, amount in accounts if account.category in categories]


def _shown(account: Account, amount: int) -> int:
    return -amount if account.category in CREDIT_CATEGORIES else amount


def _total(balances: Balances, category: str) -> int:
    return sum(_shown(account, amount) for account, amount in balances if account.category == category)


def _sections(balances: Balances, categories: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {
            "category": category,
            "name": CATEGORY_NAMES[category],
            "lines": [
                {
                    "nominal_code": account.code or None,
                    "name": account.name,
                    "amount": money(_shown(account, amount)),
                }
                for account, amount in balances
                if account.category == category
            ],
            "total": money(_total(balances, category)),
        }
        for category in categories
        if any(account.category == category for account, _ in balances)
    ]


def _heading(report: str, books: Books, dates: Mapping[str, str], generated_at: str) -> Record:
    return {
        "report": report,
        "company_id": books.company["id"],
        "currency": books.company["base_currency"],
        **dates,
        "generated_at": generated_at,
    }
