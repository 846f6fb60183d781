"""Which periods of a company are closed, and what the books say of the day to close."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse

ACCOUNTS, VAT = "accounts", "vat"
KINDS = {ACCOUNTS: "the accounts", VAT: "VAT"}


@dataclass(frozen=True)
class Closing:
    """An open closing: what is closed, through which day, when and by whom.

    `forced` tells that the books did not agree with AccBooks' reports then. `closed_at` is in UTC.
    """

    kind: str
    closed_through: dt.date
    closed_at: dt.datetime
    closed_by: str
    note: str | None
    forced: bool

    def __str__(self) -> str:
        """Return it in words: `accounts closed through 2025-03-31, on 2025-06-01 by anna: filed`."""
        kind = "VAT" if self.kind == VAT else "accounts"
        how = ", though the books did not match AccBooks" if self.forced else ""
        note = f": {self.note}" if self.note else ""
        at = f"{self.closed_at:%Y-%m-%d}"
        return f"{kind} closed through {self.closed_through}, on {at} by {self.closed_by}{how}{note}"


def open_closings(warehouse: Warehouse, company_id: str) -> tuple[Closing, ...]:
    """Return the closings of a company that were not reopened, the latest day last.

    None if the models are of a version without closings.
    """
    if not warehouse.has_table(MODELS, "closings"):
        return ()
    rows = warehouse.query(
        "select kind, closed_through, closed_at, closed_by, note, forced "
        f"from {warehouse.models}.closings where company_id = %s and reopened_at is null "
        "order by kind, closed_through, closed_at",
        company_id,
    )
    return tuple(Closing(*row) for row in rows)


def first_posting_date(warehouse: Warehouse, company_id: str) -> dt.date | None:
    """Return the date of the first posting; None if nothing is posted."""
    ((first,),) = warehouse.query(
        f"select min(posting_date) from {warehouse.staging}.ledger_postings where company_id = %s", company_id
    )
    return first  # type: ignore[no-any-return]


def vat_period_ends(warehouse: Warehouse, company_id: str) -> list[dt.date]:
    """Return the last days of the company's VAT periods, the earliest first; none without VAT."""
    rows = warehouse.query(
        f"select distinct period_end from {warehouse.models}.vat_return where company_id = %s order by 1",
        company_id,
    )
    return [end for (end,) in rows]
