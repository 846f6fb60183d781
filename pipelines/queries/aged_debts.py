"""Aged debtors and creditors: documents open at the end of the period, by contact and days overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from accbooks_warehouse.pipelines.destinations import Warehouse
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


def debts(warehouse: Warehouse, company_id: str, model: str, as_at: dt.date) -> Debts:
    """Return the amounts open at a month-end; `model` is aged_receivables or aged_payables."""
    rows = warehouse.query(
        f"select coalesce(contact_name, %s), contact_id, bucket, outstanding from {warehouse.models}.{model} "
        "where company_id = %s and as_at = %s",
        WITHOUT_CONTACT,
        company_id,
        as_at,
    )
    found = sorted(by_contact(rows), key=lambda each: (-abs(each.total), each.name))
    return Debts(tuple(found), together(TOTAL, found))


def by_contact(rows: Sequence[tuple[Any, ...]]) -> list[Debtor]:
    """Add up documents by contact and bucket; contacts with the same name stay separate."""
    if not rows:
        return []
    frame = pd.DataFrame(rows, columns=["name", "contact", "bucket", "amount"], dtype=object)
    frame["contact"] = frame["contact"].fillna("")
    table = frame.pivot_table(index=["name", "contact"], columns="bucket", values="amount", aggfunc="sum")
    unknown = set(table.columns) - set(BUCKETS)
    if unknown:
        raise ValueError(f"There are no debts called {', '.join(sorted(unknown))}.")
    table = table.reindex(columns=list(BUCKETS)).astype(object)
    return [
        Debtor(name, tuple(each if isinstance(each, Decimal) else ZERO for each in amounts))
        for (name, _), amounts in zip(table.index, table.itertuples(index=False), strict=True)
    ]


def together(name: str, contacts: Sequence[Debtor]) -> Debtor:
    """Add several contacts up into one."""
    columns = zip(*(each.amounts for each in contacts), strict=True) if contacts else ((),) * len(BUCKETS)
    return Debtor(name, tuple(sum(column, ZERO) for column in columns))
