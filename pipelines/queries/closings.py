"""Which periods of a company are closed, and what the books say of the day to close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TypeVar

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse
from accbooks_warehouse.pipelines.queries.findings import LATE_VAT, Findings

R = TypeVar("R", "PriorPeriodChange", "LateVat", "VatLimit")

ACCOUNTS, VAT, CORPORATION_TAX = "accounts", "vat", "corporation_tax"
KINDS = {ACCOUNTS: "the accounts", VAT: "VAT", CORPORATION_TAX: "corporation tax"}
"""What can be closed, in words. Of corporation tax only that its return was filed is recorded."""


@dataclass(frozen=True)
class Closing:
    """An open closing: what is closed, through which day, when and by whom.

    `forced` tells that the books did not agree with AccBooks' reports then. `closed_at` is in UTC. `filed_on`
    is None if the closing does not say that it was filed.
    """

    kind: str
    closed_through: dt.date
    closed_at: dt.datetime
    closed_by: str
    note: str | None
    forced: bool
    filed_on: dt.date | None = None

    def __str__(self) -> str:
        """Return it in words: `accounts closed through 2025-03-31, on 2025-06-01 by anna: filed`."""
        kind = KINDS[self.kind].removeprefix("the ")
        filed = f", filed on {self.filed_on}" if self.filed_on else ""
        how = ", though the books did not match AccBooks" if self.forced else ""
        note = f": {self.note}" if self.note else ""
        at = f"{self.closed_at:%Y-%m-%d}"
        return f"{kind} closed through {self.closed_through}, on {at} by {self.closed_by}{how}{filed}{note}"


def open_closings(warehouse: Warehouse, company_id: str) -> tuple[Closing, ...]:
    """Return the closings of a company that were not reopened, the latest day last.

    None if the models are of a version without closings.
    """
    if not warehouse.has_table(MODELS, "closings"):
        return ()
    rows = warehouse.query(
        f"select kind, closed_through, closed_at, closed_by, note, forced, {filed_on(warehouse)} "
        f"from {warehouse.models}.closings where company_id = %s and reopened_at is null "
        "order by kind, closed_through, closed_at",
        company_id,
    )
    return tuple(Closing(*row) for row in rows)


def filed_on(warehouse: Warehouse) -> str:
    """Return the SQL of when a closing was filed; null in a warehouse of a version that does not know it."""
    ((known,),) = warehouse.query(
        "select count(*) from information_schema.columns where table_schema = %s and table_name = 'closings' "
        "and column_name = 'filed_on'",
        MODELS,
    )
    return "filed_on" if known else "cast(null as date)"


def first_posting_date(warehouse: Warehouse, company_id: str) -> dt.date | None:
    """Return the date of the first posting; None if nothing is posted."""
    ((first,),) = warehouse.query(
        f"select min(posting_date) from {warehouse.staging}.ledger_postings where company_id = %s", company_id
    )
    return first  # type: ignore[no-any-return]


def vat_period_ends(warehouse: Warehouse, company_id: str) -> list[dt.date]:
    """Return the last days of the company's VAT periods, the earliest first; none without VAT."""
    rows = warehouse.query(
        f"select period_end from {warehouse.models}.vat_periods where company_id = %s order by 1",
        company_id,
    )
    return [end for (end,) in rows]


@dataclass(frozen=True)
class PriorPeriodChange:
    """A row of the model prior_period_changes: what a document posts to an account otherwise.

    Amounts are debit less credit in the closed period.
    """

    closed_through: dt.date
    nominal_code: str
    nominal_name: str | None
    source_type: str
    source_id: str
    document_number: str | None
    contact_name: str | None
    document_date: dt.date | None
    amount_when_closed: Decimal
    amount_now: Decimal
    difference: Decimal
    change: str


@dataclass(frozen=True)
class LateVat:
    """A row of the model late_vat: what a document adds to the boxes of closed VAT periods."""

    treatment: str
    source_type: str
    source_id: str
    document_number: str | None
    contact_name: str | None
    document_date: dt.date | None
    change: str
    box_1: Decimal
    box_4: Decimal
    box_6: Decimal
    box_7: Decimal
    net_vat: Decimal

    @property
    def is_error(self) -> bool:
        """Tell whether it counts in the net error; a purchase entered late does not."""
        return self.treatment == "error"


@dataclass(frozen=True)
class VatLimit:
    """A row of the model late_vat_limits: the net error of a VAT period beside HMRC's limit."""

    period_start: dt.date
    period_end: dt.date
    errors: int
    net_error: Decimal
    late_purchases: int
    vat_on_late_purchases: Decimal
    box_6: Decimal
    limit_amount: Decimal


@dataclass(frozen=True)
class ClosedPeriods:
    """What changed in a company's closed periods, and what that does to VAT."""

    changes: tuple[PriorPeriodChange, ...] = ()
    late_vat: tuple[LateVat, ...] = ()
    limits: tuple[VatLimit, ...] = ()


def closed_periods(warehouse: Warehouse, company_id: str, found: Findings) -> ClosedPeriods:
    """Return what changed in closed periods; asks only for what the findings say there is."""
    return ClosedPeriods(
        tuple(
            _rows(
                warehouse, PriorPeriodChange, "prior_period_changes", company_id, "document_date, source_id"
            )
        )
        if found.in_closed_periods
        else (),
        tuple(_rows(warehouse, LateVat, "late_vat", company_id, "treatment, document_date, source_id"))
        if found.has(LATE_VAT)
        else (),
        tuple(_rows(warehouse, VatLimit, "late_vat_limits", company_id, "period_start"))
        if found.has(LATE_VAT)
        else (),
    )


def _rows(warehouse: Warehouse, kind: type[R], model: str, company_id: str, order: str) -> Iterator[R]:
    """Yield a company's rows of a model, in the order of these columns."""
    columns = ", ".join(field.name for field in fields(kind))
    rows = warehouse.query(
        f"select {columns} from {warehouse.models}.{model} where company_id = %s order by {order}", company_id
    )
    for row in rows:
        yield kind(*row)
