"""Who owes us, whom we owe, and for how long: documents open at the end of the period, by contact."""

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
"""Days overdue, as the models aged_receivables and aged_payables have them."""
WITHOUT_CONTACT = "Without a contact"
TOTAL = "Total"


@dataclass(frozen=True)
class Debtor:
    """What is open with one contact, or with several together, in every bucket."""

    name: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """Return everything that is open."""
        return sum(self.amounts, ZERO)

    @property
    def overdue(self) -> Decimal:
        """Return what should have been paid by now."""
        return sum(self.amounts[1:], ZERO)


@dataclass(frozen=True)
class Debts:
    """Everything open on one side, contact by contact, the largest first, and all of it together."""

    contacts: tuple[Debtor, ...]
    total: Debtor


def debts(warehouse: Warehouse, company_id: str, model: str, as_at: dt.date) -> Debts:
    """Return what `model`, aged_receivables or aged_payables, says was open at a month-end."""
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
    """Add up documents by contact and bucket; contacts of one name stay apart."""
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
    """Return several contacts as one."""
    columns = zip(*(each.amounts for each in contacts), strict=True) if contacts else ((),) * len(BUCKETS)
    return Debtor(name, tuple(sum(column, ZERO) for column in columns))
