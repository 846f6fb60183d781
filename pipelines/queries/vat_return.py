"""One VAT return, as it is declared to HMRC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from accbooks_warehouse.pipelines.destinations import MODELS, Warehouse


@dataclass(frozen=True)
class VatReturn:
    """The boxes of one VAT period by their numbers, as they are filed.

    `status` is `finished`, `open` or `future`; `caution` says why the figures may not be those to declare.
    The boxes are in `currency`, the company's base currency; None if that is not known.
    """

    period_start: dt.date
    period_end: dt.date
    status: str
    caution: str | None
    filed: Mapping[int, Decimal]
    currency: str | None = None


def has_vat_returns(warehouse: Warehouse) -> bool:
    """Tell whether the model was built."""
    return warehouse.has_table(MODELS, "vat_return")


def vat_return(warehouse: Warehouse, company_id: str, period_end: dt.date) -> VatReturn | None:
    """Return a company's VAT return of the period that ends on a day; None if no period does."""
    rows = warehouse.query(
        f"select period_start, period_end, period_status, caution, box, filed_amount from "
        f"{warehouse.models}.vat_return where company_id = %s and period_end = %s order by box",
        company_id,
        period_end,
    )
    if not rows:
        return None
    start, end, status, caution, *_ = rows[0]
    filed = {int(row[4]): Decimal(row[5]) for row in rows}
    currencies = warehouse.query(
        f"select base_currency from {warehouse.raw}.company where company_id = %s", company_id
    )
    return VatReturn(start, end, status, caution, filed, currencies[0][0] if currencies else None)


def vat_period_ends(warehouse: Warehouse, company_id: str) -> list[dt.date]:
    """Return the last days of a company's VAT periods, the latest first."""
    rows = warehouse.query(
        f"select distinct period_end from {warehouse.models}.vat_return where company_id = %s "
        "order by period_end desc",
        company_id,
    )
    return [end for (end,) in rows]


def changes_since_closing(
    warehouse: Warehouse, company_id: str, period_end: dt.date
) -> tuple[dt.date, int] | None:
    """Return through which day VAT is closed, and how many documents changed closed returns since.

    None if the period is not closed, or if nothing changed. A flat rate return may have changed without a
    document, with the percentage: then there are none.
    """
    if not warehouse.has_table(MODELS, "late_vat"):
        return None
    rows = warehouse.query(
        "select max(closed_through), coalesce(sum(case when source_type = 'flat rate' then 0 else 1 end), 0) "
        f"from {warehouse.models}.late_vat where company_id = %s and closed_through >= %s",
        company_id,
        period_end,
    )
    ((through, number),) = rows
    return None if through is None else (through, int(number))
