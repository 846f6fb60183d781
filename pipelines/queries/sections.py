"""The sections of profit and loss and balance sheet: accounts by category, for this year and last year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

ZERO = Decimal(0)
CATEGORY_TITLES = MappingProxyType(
    {
        "turnover": "Turnover",
        "cost_of_sales": "Cost of sales",
        "other_income": "Other income",
        "overheads": "Overheads",
        "taxation": "Taxation",
        "fixed_assets": "Fixed assets",
        "current_assets": "Current assets",
        "current_liabilities": "Current liabilities",
        "long_term_liabilities": "Long-term liabilities",
        "capital_and_reserves": "Capital and reserves",
    }
)
"""AccBooks' names of the categories of accounts, as shown to the user."""
INCOME, COSTS = ("turnover", "other_income"), ("cost_of_sales", "overheads", "taxation")
"""The categories of the profit and loss that increase the profit, and those that reduce it."""


def rounded(sql: str, digits: int) -> str:
    """Return SQL that rounds a quotient of floats, halves away from zero, on each database alike.

    A float is a little beside most halves. Four more digits first put it where it belongs: the quotient of a
    month's budget and its days is half a penny, or further from it than these digits reach.
    """
    return f"cast(cast({sql} as decimal(30, {digits + 4})) as decimal(18, {digits}))"


@dataclass(frozen=True)
class Amounts:
    """An amount of this year, and that of the year before."""

    now: Decimal = ZERO
    before: Decimal = ZERO

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.now + other.now, self.before + other.before)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.now - other.now, self.before - other.before)


@dataclass(frozen=True)
class Account:
    """An account, its category and its amounts; the code is None for the current year's earnings."""

    code: str | None
    name: str
    category: str
    amounts: Amounts


@dataclass(frozen=True)
class Section:
    """The accounts of one category that have an amount in either year."""

    category: str
    accounts: tuple[Account, ...]

    @property
    def total(self) -> Amounts:
        """Return the total of the accounts."""
        return sum((each.amounts for each in self.accounts), Amounts())

    @property
    def now(self) -> Decimal:
        """Return this year's total."""
        return self.total.now

    @property
    def before(self) -> Decimal:
        """Return last year's total."""
        return self.total.before


def accounts_of(rows: Iterable[tuple[Any, ...]]) -> list[Account]:
    """Return accounts from rows of code, name, category, amount and amount of the year before, or null."""
    return [
        Account(code, name, category, Amounts(now or ZERO, before or ZERO))
        for code, name, category, now, before in rows
    ]


def section(accounts: Sequence[Account], category: str) -> Section:
    """Return the accounts of a category, without those that are zero in both years."""
    found = [
        each for each in accounts if each.category == category and (each.amounts.now or each.amounts.before)
    ]
    return Section(category, tuple(found))
