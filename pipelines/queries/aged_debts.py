"""Aged debtors and creditors: documents open at the end of the period, by contact and days overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.queries.pack.open_items import OpenItem
from accbooks_warehouse.pipelines.queries.sections import ZERO

BUCKETS = ("current", "1-30", "31-60", "61-90", "over 90")
"""Ranges of days overdue, as in the models aged_receivables and aged_payables."""
WITHOUT_CONTACT = "Without a contact"
TOTAL = "Total"


@dataclass(frozen=True)
class Debtor:
    """The open amounts of one contact, or of several together, in every bucket."""

    name: str
    amounts: tuple[Decimal, ...]
    contact_id: str | None = None

    @property
    def total(self) -> Decimal:
        """Return all open amounts."""
        return sum(self.amounts, ZERO)

    @property
    def overdue(self) -> Decimal:
        """Return the amounts that are past their due date."""
        return sum(self.amounts[1:], ZERO)


@dataclass(frozen=True)
class Debts:
    """All open amounts of debtors or creditors: by contact, the largest first, and their total."""

    contacts: tuple[Debtor, ...]
    total: Debtor


def debts(items: Sequence[OpenItem]) -> Debts:
    """Return the open amounts by contact; contacts with the same name stay separate."""
    amounts: dict[tuple[str | None, str], list[Decimal]] = {}
    for item in items:
        if item.bucket not in BUCKETS:
            raise ValueError(f"There are no debts called {item.bucket}.")
        key = (item.contact_id, item.contact_name or WITHOUT_CONTACT)
        buckets = amounts.setdefault(key, [ZERO] * len(BUCKETS))
        buckets[BUCKETS.index(item.bucket)] += item.outstanding
    found = [Debtor(name, tuple(each), contact) for (contact, name), each in amounts.items()]
    found.sort(key=lambda each: (-abs(each.total), each.name, each.contact_id or ""))
    return Debts(tuple(found), together(TOTAL, found))


def together(name: str, contacts: Sequence[Debtor]) -> Debtor:
    """Add several contacts up into one."""
    columns = zip(*(each.amounts for each in contacts), strict=True) if contacts else ((),) * len(BUCKETS)
    return Debtor(name, tuple(sum(column, ZERO) for column in columns))
