"""Where each figure leads: to the documents behind it, or to how it is worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accbooks_warehouse.pipelines.queries.figures import Books
from accbooks_warehouse.pipelines.queries.pack.documents import AccountDocuments
from accbooks_warehouse.pipelines.queries.pack.statement import Column

PLACES: Mapping[str, str] = {
    "month": "month",
    "year": "year",
    "balance": "year",
    "month_before": "month-before",
    "year_before": "year-before",
    "balance_before": "year-before",
}
"""The part of an account's documents that a column is made of."""


@dataclass(frozen=True)
class References:
    """The places of a page by what they show; None where a figure has no document."""

    accounts: Mapping[str, int]
    boxes: Mapping[tuple[object, int], int]
    receivables: Mapping[str | None, int]
    payables: Mapping[str | None, int]

    @classmethod
    def of(cls, books: Books) -> References:
        """Return the places of a company's page."""
        return cls(
            {each.code: place for place, each in enumerate(books.documents.accounts, 1)},
            {(each.period_end, each.box): place for place, each in enumerate(books.documents.boxes, 1)},
            {each.contact_id: place for place, each in enumerate(books.receivables.contacts, 1)},
            {each.contact_id: place for place, each in enumerate(books.payables.contacts, 1)},
        )

    def account(self, code: str | None, column: Column | None = None) -> str | None:
        """Return where an account's postings are, those of a column's days if it is given."""
        if code is None:
            return worked("net_profit")
        place = self.accounts.get(code)
        if place is None or (column is not None and column.key not in PLACES):
            return None
        return f"#a{place}" if column is None else f"#a{place}-{PLACES[column.key]}"

    def line(self, accounts: tuple[str | None, ...], group: str, column: Column) -> str | None:
        """Return where the documents of a line are: of its account, or of the group if it has several."""
        if not column.has_documents:
            return None
        return self.account(accounts[0], column) if len(accounts) == 1 else f"#g-{group}"

    def box(self, period_end: object, number: int) -> str | None:
        """Return where the lines of a box of a VAT return are."""
        place = self.boxes.get((period_end, number))
        return None if place is None else f"#v{place}"


def worked(key: str) -> str:
    """Return where it says how a result is worked out."""
    return f"#w-{key}"


@dataclass(frozen=True)
class AccountSection:
    """The documents of the accounts of a group of a statement; without a key, of accounts of none."""

    key: str
    title: str
    accounts: tuple[AccountDocuments, ...]
    has_earnings: bool


def account_sections(books: Books) -> tuple[AccountSection, ...]:
    """Return the accounts with documents by the group that shows them, and last those that no group shows."""
    by_code = {each.code: each for each in books.documents.accounts}
    sections, shown = [], set()
    for group in (*books.profit_and_loss.groups, *books.balance_sheet.groups):
        codes = [code for line in group.lines for code in line.accounts]
        mine = tuple(by_code[code] for code in codes if code in by_code)
        shown |= {each.code for each in mine}
        sections.append(AccountSection(group.key, group.title, mine, None in codes))
    others = tuple(each for each in books.documents.accounts if each.code not in shown)
    if others:
        sections.append(AccountSection("", "Accounts that come to nothing", others, has_earnings=False))
    return tuple(sections)
